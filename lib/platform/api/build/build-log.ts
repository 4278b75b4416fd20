import type { StreamContext, StreamSubresource } from '../subresources/stream-subresource.ts';
import type { KubeObject } from '../meta.ts';
import { newBadRequest, newTimeout } from '../status-error.ts';
import { BUILD_CONFIG_LABEL, BUILD_NUMBER } from './build-labels.ts';
import { buildPodName, joinedName } from './build-names.ts';
import type { Build } from './build-types.ts';
import { logOptions, type LogOptions } from './log-options.ts';
import { containersInOrder, containerStatus, hasEnded, hasStarted } from './pod-containers.ts';
import { waitFor } from './wait-for.ts';

const BUILDS = { group: 'build.openshift.io', version: 'v1', resource: 'builds' };
const PODS = { group: '', version: 'v1', resource: 'pods' };
/** For a build that has not begun. */
const PATIENCE = 30_000;
const EMPTY: Uint8Array[] = [];

/** The log of a build: what its containers wrote, one after the other (openshift-apiserver, registry/buildlog). */
export const buildLog: StreamSubresource = {
  kind: 'stream',
  verbs: ['get'],
  shows: 'BuildLog',
  async answer({ parent, query, name, signal }, context) {
    const options = logOptions(query, name);
    const asked = await chosen(parent as Build, options, context);
    const build = await begun(asked, options, context, signal);
    if (build === undefined) return { code: 200, body: asStream(EMPTY) };
    const pod = await context.verbs.get({
      ...PODS,
      namespace: build.metadata.namespace!,
      name: buildPodName(build.metadata.name!),
    });
    const lines = linesOf(pod, options, context, signal);
    // A refusal of the node is the answer, as long as nothing has been sent.
    const first = await lines.next();
    const body = first.done === true ? asStream(EMPTY) : asStream(joined(first.value, lines));
    return { code: 200, body: options.limitBytes === undefined ? body : limited(body, options.limitBytes) };
  },
};

async function* asStream(chunks: Iterable<Uint8Array> | AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  yield* chunks;
}

async function* joined(first: Uint8Array, rest: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  yield first;
  yield* rest;
}

async function* limited(body: AsyncIterable<Uint8Array>, bytes: number): AsyncGenerator<Uint8Array> {
  let left = bytes;
  for await (const chunk of body) {
    yield chunk.subarray(0, left);
    left -= chunk.length;
    if (left <= 0) return;
  }
}

/** The build itself, or another of its config: the one before it, or the one of a number. */
async function chosen(build: Build, { previous, version }: LogOptions, { verbs }: StreamContext): Promise<Build> {
  const { namespace = '', name = '', annotations = {} } = build.metadata;
  if (!previous && version === undefined) return build;
  const config = annotations[BUILD_CONFIG_LABEL];
  const number = version ?? Number(annotations[BUILD_NUMBER] ?? 0) - 1;
  if (config === undefined || number < 1) throw newBadRequest(`no previous build found for "${name}"`);
  return verbs.get<Build>({ ...BUILDS, namespace, name: joinedName(config, String(number)) });
}

/** The build once it runs; undefined when nobody wants to wait for it. */
async function begun(
  build: Build,
  { nowait }: LogOptions,
  { verbs }: StreamContext,
  signal: AbortSignal,
): Promise<Build | undefined> {
  const { namespace = '', name = '' } = build.metadata;
  const waits = ({ status }: Build): boolean =>
    status?.phase === undefined || status.phase === 'New' || status.phase === 'Pending';
  let current: Build | undefined = build;
  if (waits(build)) {
    if (nowait) return undefined;
    current = await waitFor<Build>(verbs, { ...BUILDS, namespace, name }, (each) => !waits(each), { signal, ms: PATIENCE });
    if (current === undefined) throw newTimeout(`timed out waiting for build ${name} to start after ${PATIENCE / 1000}s`, 1);
  }
  const { phase, message = '' } = current.status ?? {};
  if (phase === 'Error')
    throw newBadRequest(`build ${name} is in an error state. ${message === '' ? 'No logs are available.' : message}`);
  if (phase === 'Cancelled') {
    const pods = await verbs.list({ ...PODS, namespace }, { fieldSelector: `metadata.name=${buildPodName(name)}` });
    if (pods.items.length === 0) throw newBadRequest(`build ${name} was cancelled. No logs are available.`);
  }
  return current;
}

/** The containers' logs in order. Followed, one after the other is waited for; otherwise those that have not begun have none. */
async function* linesOf(
  pod: KubeObject,
  options: LogOptions,
  { verbs, pods }: StreamContext,
  signal: AbortSignal,
): AsyncGenerator<Uint8Array> {
  const ref = { ...PODS, namespace: pod.metadata.namespace!, name: pod.metadata.name! };
  let current = pod;
  const all = containersInOrder(pod);
  // Lines from the end are those of the container that is at work, or was last.
  const last = all.findLast((name) => hasStarted(pod, name)) ?? all[0];
  if (!options.follow && !all.some((name) => hasStarted(pod, name)))
    throw newBadRequest(`container "${all[0]}" in pod "${pod.metadata.name}" is waiting to start: PodInitializing`);
  for (const name of options.tailLines === undefined ? all : all.slice(all.indexOf(last!))) {
    if (options.follow && !hasStarted(current, name)) {
      const next = await waitFor(verbs, ref, (each) => hasStarted(each, name) || hasEnded(each), { signal });
      if (next === undefined) return;
      current = next;
    }
    if (!hasStarted(current, name)) return;
    const query = new URLSearchParams({ container: name, ...Object.fromEntries(options.passed) });
    if (options.follow) query.set('follow', 'true');
    if (options.tailLines !== undefined && name === last) query.set('tailLines', String(options.tailLines));
    yield* await pods.log(current, query, signal);
    if (!options.follow) continue;
    const ended = (each: KubeObject): boolean => containerStatus(each, name)?.state?.terminated !== undefined || hasEnded(each);
    const next = await waitFor(verbs, ref, ended, { signal });
    if (next === undefined) return;
    current = next;
  }
}
