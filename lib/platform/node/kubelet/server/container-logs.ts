import type { ServerResponse } from 'node:http';
import type { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { errorText } from '../../../../common/errors.ts';
import { newBadRequest, newInvalid, newNotFound, type StatusCause } from '../../../api/status-error.ts';
import type { ContainerRuntime, LogOptions } from '../../../runtime/container-runtime.ts';
import { containerSpec, flag, type NodeRoute } from './pod-request.ts';
import type { NodeContainer, PodSource } from './pod-source.ts';

/** What a log request asks for: v1.PodLogOptions, as far as a node reads it. */
export interface LogQuery extends Omit<LogOptions, 'signal'> {
  readonly previous: boolean;
  /** Bytes after which the log is cut; undefined: all. */
  readonly limit: number | undefined;
}

/** Throws 422 with PodLogOptions' own causes. `now` is in ms. */
function parseLogQuery(query: URLSearchParams, now: number): LogQuery {
  const causes: StatusCause[] = [];
  const number = (name: string, least: number, message: string): number | undefined => {
    const text = query.get(name);
    if (text === null || text === '') return undefined;
    const value = /^-?\d{1,15}$/.test(text) ? Number(text) : NaN;
    if (!(value >= least))
      causes.push({ reason: 'FieldValueInvalid', field: name, message: `Invalid value: "${text}": ${message}` });
    return value;
  };
  const tail = number('tailLines', 0, 'must be greater than or equal to 0');
  const limit = number('limitBytes', 1, 'must be greater than 0');
  const sinceSeconds = number('sinceSeconds', 1, 'must be greater than 0');
  const sinceTime = query.get('sinceTime');
  let since = sinceSeconds === undefined ? undefined : now - sinceSeconds * 1000;
  if (sinceTime !== null && sinceTime !== '') {
    if (since !== undefined)
      causes.push({
        reason: 'FieldValueForbidden',
        field: '',
        message: 'Forbidden: at most one of `sinceTime` or `sinceSeconds` may be specified',
      });
    since = Date.parse(sinceTime);
    if (Number.isNaN(since))
      causes.push({
        reason: 'FieldValueInvalid',
        field: 'sinceTime',
        message: `Invalid value: "${sinceTime}": must be RFC 3339`,
      });
  }
  if (causes.length > 0) throw newInvalid({ group: '', kind: 'PodLogOptions' }, '', causes);
  return {
    follow: flag(query, 'follow'),
    previous: flag(query, 'previous'),
    timestamps: flag(query, 'timestamps'),
    limit,
    ...(tail === undefined ? {} : { tail }),
    ...(since === undefined ? {} : { since }),
  };
}

/** The container whose log is meant. Throws 400 with the kubelet's texts (validateContainerLogStatus). */
function logContainerId(pod: string, name: string, container: NodeContainer | undefined, previous: boolean): string {
  const what = `container "${name}" in pod "${pod}"`;
  if (container === undefined) throw newBadRequest(`${what} is waiting to start: ContainerCreating`);
  if (previous) {
    if (container.previousId === undefined) throw newBadRequest(`previous terminated ${what} not found`);
    return container.previousId;
  }
  if (container.state !== 'waiting') {
    const id = container.id ?? container.previousId;
    if (id === undefined) throw newBadRequest(`${what} is terminated`);
    return id;
  }
  // A container that waits for its next start: the log of its last run.
  if (container.previousId !== undefined) return container.previousId;
  if (container.reason === 'ErrImagePull') throw newBadRequest(`${what} is waiting to start: image can't be pulled`);
  if (container.reason === 'ImagePullBackOff')
    throw newBadRequest(`${what} is waiting to start: trying and failing to pull image`);
  if (container.reason === '') throw newBadRequest(`${what} is waiting to start - no logs yet`);
  throw newBadRequest(`${what} is waiting to start: ${container.reason}`);
}

/** The first `limit` bytes; ends the source once they are out. */
async function* firstBytes(source: Readable, limit: number): AsyncGenerator<Buffer> {
  let left = limit;
  for await (const chunk of source as AsyncIterable<Buffer>) {
    yield chunk.subarray(0, left);
    left -= chunk.length;
    if (left <= 0) return;
  }
}

/** Answers GET /containerLogs. Throws before the first byte only; a client that goes away ends the engine's stream. */
export async function serveContainerLogs(
  deps: { pods: PodSource; runtime: Pick<ContainerRuntime, 'logs'> },
  route: NodeRoute,
  query: URLSearchParams,
  response: ServerResponse,
): Promise<void> {
  const pod = deps.pods.find(route.namespace, route.pod);
  if (pod === undefined) throw newNotFound({ group: '', resource: 'pods' }, route.pod);
  if (containerSpec(pod.object, route.container) === undefined)
    throw newBadRequest(`container ${route.container} is not valid for pod ${route.pod}`);
  const wanted = parseLogQuery(query, Date.now());
  const id = logContainerId(route.pod, route.container, pod.containers.get(route.container), wanted.previous);
  const ended = new AbortController();
  response.once('close', () => ended.abort());
  const { previous: _previous, limit, ...options } = wanted;
  const log = await deps.runtime.logs(id, { ...options, signal: ended.signal }).catch((error: unknown) => {
    throw newBadRequest(`unable to retrieve container logs for docker://${id}: ${errorText(error)}`);
  });
  response.writeHead(200, { 'Content-Type': 'text/plain' });
  response.flushHeaders();
  try {
    await pipeline(limit === undefined ? log : firstBytes(log, limit), response);
  } catch {
    // The client went away, or the engine did in the middle: the answer is cut, so that the client can tell.
    response.destroy();
  } finally {
    ended.abort();
    log.destroy();
  }
}
