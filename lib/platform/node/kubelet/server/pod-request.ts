import type { KubeObject } from '../../../api/meta.ts';
import type { NodePod, PodSource } from './pod-source.ts';
import { TextError } from './text-error.ts';

/** The paths of the kubelet's API that we serve, with the names as they stand in the path. */
export interface NodeRoute {
  readonly verb: 'containerLogs' | 'exec' | 'attach' | 'portForward' | 'healthz' | 'logs' | 'pods' | 'stats' | 'metrics';
  readonly namespace: string;
  readonly pod: string;
  readonly uid: string | undefined;
  readonly container: string;
  /** Of the machine's logs: what is behind `/logs/`. */
  readonly file?: readonly string[];
}

/** The route of a path, or undefined. `/exec/NS/POD/CONTAINER` and `/exec/NS/POD/UID/CONTAINER`; `/portForward/NS/POD[/UID]`. */
export function parseRoute(path: string): NodeRoute | undefined {
  const [verb, ...rest] = path.split('/').slice(1).map(decodeSegment);
  const names = rest.at(-1) === '' ? rest.slice(0, -1) : rest;
  if (names.includes('')) return undefined;
  if (verb === 'logs') {
    // One name for each part of the path, and none that leads up.
    const wrong = names.some((name) => name === '..' || name === '.' || /[/\0]/.test(name));
    return wrong ? undefined : { verb, namespace: '', pod: '', uid: undefined, container: '', file: names };
  }
  const [namespace = '', pod = ''] = names;
  if ((verb === 'healthz' || verb === 'pods') && names.length === 0)
    return { verb, namespace, pod, uid: undefined, container: '' };
  // Of the whole node: `/stats/summary` and `/metrics/resource`.
  if ((verb === 'stats' && namespace === 'summary') || (verb === 'metrics' && namespace === 'resource'))
    return names.length === 1 ? { verb, namespace: '', pod: '', uid: undefined, container: '' } : undefined;
  if (verb === 'containerLogs' && names.length === 3) return { verb, namespace, pod, uid: undefined, container: names[2]! };
  if ((verb === 'exec' || verb === 'attach') && (names.length === 3 || names.length === 4))
    return { verb, namespace, pod, uid: names.length === 4 ? names[2] : undefined, container: names.at(-1)! };
  if (verb === 'portForward' && (names.length === 2 || names.length === 3))
    return { verb, namespace, pod, uid: names[2], container: '' };
  return undefined;
}

function decodeSegment(segment: string): string {
  try {
    return decodeURIComponent(segment);
  } catch {
    return '';
  }
}

/** The pod of a streaming request. Throws the kubelet's 404. */
export function findPod(pods: PodSource, route: NodeRoute): NodePod {
  const pod = pods.find(route.namespace, route.pod, route.uid);
  if (pod === undefined) throw new TextError(404, 'pod does not exist');
  return pod;
}

/** The engine's id of the running container of a streaming request. Throws the kubelet's text. */
export function findRunningContainer(pod: NodePod, name: string): string {
  const container = pod.containers.get(name);
  if (container?.id === undefined || container.state !== 'running') throw new TextError(500, `container not found ("${name}")`);
  return container.id;
}

/** The spec of a container of any of the three lists. */
export function containerSpec(pod: KubeObject, name: string): { name: string; tty?: boolean; stdin?: boolean } | undefined {
  for (const list of ['containers', 'initContainers', 'ephemeralContainers']) {
    const found = (pod.spec?.[list] as { name: string }[] | undefined)?.find((container) => container.name === name);
    if (found !== undefined) return found;
  }
  return undefined;
}

/** `1` and `true` in a query. */
export function flag(query: URLSearchParams, ...names: string[]): boolean {
  return names.some((name) => /^(1|true)$/i.test(query.get(name) ?? ''));
}
