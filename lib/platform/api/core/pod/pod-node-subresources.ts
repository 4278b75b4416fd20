import type { NodeSubresource } from '../../subresources/connect-subresource.ts';
import type { KubeObject } from '../../meta.ts';
import { newBadRequest, newInvalid, type StatusCause } from '../../status-error.ts';
import { forbidden, invalid, notNegative } from '../../validation/causes.ts';

const DEFAULT_CONTAINER = 'kubectl.kubernetes.io/default-container';

const names = (containers: unknown): string[] => ((containers ?? []) as { name: string }[]).map((each) => each.name);

/** The container that a request is about: the one it names, the default one, or the only one. */
function containerName(pod: KubeObject, query: URLSearchParams): string {
  const main = names(pod.spec.containers);
  const init = names(pod.spec.initContainers);
  const all = [...main, ...init, ...names(pod.spec.ephemeralContainers)];
  const asked = query.get('container') || pod.metadata.annotations?.[DEFAULT_CONTAINER] || '';
  const name = pod.metadata.name ?? '';
  if (asked !== '') {
    if (all.includes(asked)) return asked;
    if (query.get('container')) throw newBadRequest(`container ${asked} is not valid for pod ${name}`);
  }
  if (main.length === 1) return main[0]!;
  const choices = `a container name must be specified for pod ${name}, choose one of: [${main.join(' ')}]`;
  throw newBadRequest(init.length === 0 ? choices : `${choices} or one of the init containers: [${init.join(' ')}]`);
}

function nodeName(pod: KubeObject): string {
  if (!pod.spec.nodeName) throw newBadRequest(`pod ${pod.metadata.name} does not have a host assigned`);
  return pod.spec.nodeName as string;
}

const kubeletPath = (verb: string, pod: KubeObject, container: string | undefined, query: URLSearchParams): string => {
  const parts = [verb, pod.metadata.namespace ?? '', pod.metadata.name ?? '', ...(container === undefined ? [] : [container])];
  const text = query.toString();
  return `/${parts.map(encodeURIComponent).join('/')}${text === '' ? '' : `?${text}`}`;
};

const isTrue = (value: string | null): boolean =>
  value !== null && value !== '' && value !== '0' && value.toLowerCase() !== 'false';

/** An integer of the query; Kubernetes' own words when it is none. */
function integer(query: URLSearchParams, name: string): number | undefined {
  const text = query.get(name);
  if (text === null || text === '') return undefined;
  if (!/^[-+]?\d+$/.test(text)) throw newBadRequest(`strconv.ParseInt: parsing ${JSON.stringify(text)}: invalid syntax`);
  return Number(text);
}

function validateLogOptions(pod: KubeObject, query: URLSearchParams): void {
  const causes: StatusCause[] = notNegative('tailLines', integer(query, 'tailLines'));
  const limitBytes = integer(query, 'limitBytes');
  const sinceSeconds = integer(query, 'sinceSeconds');
  if (limitBytes !== undefined && limitBytes < 1) causes.push(invalid('limitBytes', limitBytes, 'must be greater than 0'));
  if (sinceSeconds !== undefined && query.get('sinceTime'))
    causes.push(forbidden('', 'at most one of `sinceTime` or `sinceSeconds` may be specified'));
  else if (sinceSeconds !== undefined && sinceSeconds < 1)
    causes.push(invalid('sinceSeconds', sinceSeconds, 'must be greater than 0'));
  if (causes.length > 0) throw newInvalid({ group: '', kind: 'PodLogOptions' }, pod.metadata.name ?? '', causes);
}

const log: NodeSubresource = {
  kind: 'node',
  verbs: ['get'],
  target(pod, query) {
    validateLogOptions(pod, query);
    const container = containerName(pod, query);
    const passed = new URLSearchParams();
    for (const flag of ['follow', 'previous', 'timestamps']) if (isTrue(query.get(flag))) passed.set(flag, 'true');
    for (const name of ['sinceSeconds', 'sinceTime', 'tailLines', 'limitBytes', 'stream'])
      if (query.get(name)) passed.set(name, query.get(name)!);
    return { nodeName: nodeName(pod), path: kubeletPath('containerLogs', pod, container, passed) };
  },
};

/** The query as an object of that kind (core/v1); it has no metadata. */
function optionsOf(kind: string, query: URLSearchParams, flags: readonly string[], more: object): KubeObject {
  const set = Object.fromEntries(flags.filter((flag) => isTrue(query.get(flag))).map((flag) => [flag, true]));
  return { kind, apiVersion: 'v1', ...set, ...more } as unknown as KubeObject;
}

const STREAMS = { stdin: 'input', stdout: 'output', stderr: 'error', tty: 'tty' } as const;

/** exec and attach: the API's names of the streams are not the kubelet's. */
function streaming(verb: 'exec' | 'attach'): NodeSubresource {
  return {
    kind: 'node',
    verbs: ['get', 'create'],
    target(pod, query) {
      const container = containerName(pod, query);
      const passed = new URLSearchParams();
      for (const [from, to] of Object.entries(STREAMS)) if (isTrue(query.get(from))) passed.set(to, '1');
      if (!isTrue(query.get('stdin')) && !isTrue(query.get('stdout')) && !isTrue(query.get('stderr')))
        throw newBadRequest('you must specify at least 1 of stdin, stdout, stderr');
      if (verb === 'exec') {
        if (query.getAll('command').length === 0) throw newBadRequest('you must specify a command to run');
        for (const word of query.getAll('command')) passed.append('command', word);
      }
      return { nodeName: nodeName(pod), path: kubeletPath(verb, pod, container, passed) };
    },
    options(query) {
      const container = query.get('container');
      return optionsOf(verb === 'exec' ? 'PodExecOptions' : 'PodAttachOptions', query, Object.keys(STREAMS), {
        ...(container ? { container } : {}),
        ...(verb === 'exec' ? { command: query.getAll('command') } : {}),
      });
    },
  };
}

const portForward: NodeSubresource = {
  kind: 'node',
  verbs: ['get', 'create'],
  target(pod, query) {
    const passed = new URLSearchParams();
    for (const port of query.getAll('ports')) passed.append('port', port);
    return { nodeName: nodeName(pod), path: kubeletPath('portForward', pod, undefined, passed) };
  },
  options: (query) => {
    const ports = query.getAll('ports').map(Number);
    return optionsOf('PodPortForwardOptions', query, [], ports.length === 0 ? {} : { ports });
  },
};

/** What the pod's node answers, under the paths of the real kubelet. */
export const podNodeSubresources = { log, exec: streaming('exec'), attach: streaming('attach'), portforward: portForward };
