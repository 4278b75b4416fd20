import { X509Certificate } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import type { KubeList, KubeObject, WatchEvent } from '../api/meta.ts';
import { newBadRequest, StatusError } from '../api/status-error.ts';
import type { DeleteOptions, GetOptions, ListOptions, ResourceRef, WatchOptions } from '../api/verbs.ts';
import type { Client } from './client.ts';
import { deepFreeze } from './freeze.ts';
import {
  createTransport,
  type HttpClientOptions,
  readText,
  type Transport,
  type TransportRequest,
  unreachable,
} from './http-transport.ts';
import { jsonFrames } from './json-frames.ts';
import { getQuery, listQuery, objectPath, resourcePath, watchQuery, writeQuery } from './resource-path.ts';

/** How often a throttled request (429, or 503 with Retry-After) is sent again before its caller hears of it. */
const THROTTLE_RETRIES = 5;

/** The Client over HTTP. `close` drops its idle connections; requests that run go on. */
export interface HttpClient extends Client {
  close(): void;
}

/** Speaks to any Kubernetes-like API server over TLS with a client certificate or a bearer token. */
export function httpClient(options: HttpClientOptions): HttpClient {
  const transport = createTransport(options);
  const timeout = options.timeout ?? 30_000;

  const call = async <T>(request: Omit<TransportRequest, 'timeout'>): Promise<T> => {
    const response = await openPatiently(transport, { ...request, timeout });
    const text = await readText(response);
    try {
      return deepFreeze(JSON.parse(text) as T);
    } catch (cause) {
      throw unreachable(options.server, cause);
    }
  };
  const write = <T>(method: string, path: string, body: unknown, contentType = 'application/json'): Promise<T> =>
    call<T>({ method, path, body, contentType });

  return {
    userName: userNameOf(options),
    get: async <T extends KubeObject>(ref: ResourceRef, get?: GetOptions) =>
      call<T>({ method: 'GET', path: objectPath(ref) + getQuery(get) }),
    list: async <T extends KubeObject>(ref: ResourceRef, list?: ListOptions) =>
      call<KubeList<T>>({ method: 'GET', path: resourcePath(collection(ref)) + listQuery(list) }),
    watch: <T extends KubeObject>(ref: ResourceRef, watch?: WatchOptions) => watchStream<T>(transport, options, ref, watch ?? {}),
    create: async (ref, object, options) =>
      write(
        'POST',
        (ref.subresource === undefined ? resourcePath(collection(ref)) : resourcePath(ref)) + writeQuery(options),
        object,
      ),
    update: async (ref, object, options) => write('PUT', objectPath(named(ref, object)) + writeQuery(options), object),
    patch: async (ref, type, body, options) => write('PATCH', objectPath(ref) + writeQuery(options), body, type),
    delete: async (ref, options) => write('DELETE', objectPath(ref), deleteBody(options)),
    deleteCollection: async (ref, options) =>
      write('DELETE', resourcePath(collection(ref)) + listQuery(options), deleteBody(options)),
    close: () => transport.close(),
  };
}

async function openPatiently(transport: Transport, request: TransportRequest): ReturnType<Transport['open']> {
  for (let n = 0; ; n++) {
    try {
      return await transport.open(request);
    } catch (error) {
      const wait = error instanceof StatusError ? error.status.details?.retryAfterSeconds : undefined;
      const throttled = error instanceof StatusError && (error.code === 429 || error.code === 503) && wait !== undefined;
      // An eviction that a disruption budget refuses is a 429 too, but a decision: it comes with a cause.
      if (!throttled || n >= THROTTLE_RETRIES || (error.status.details?.causes?.length ?? 0) > 0) throw error;
      await delay(Math.min(wait, 10) * 1000, undefined, request.signal === undefined ? {} : { signal: request.signal });
    }
  }
}

/**
 * The events of one watch request. Silence for watchIdleTimeout, a reset, or half a frame reject with a 503; the
 * server's own end and the caller's abort complete.
 */
async function* watchStream<T extends KubeObject>(
  transport: Transport,
  options: HttpClientOptions,
  ref: ResourceRef,
  watch: WatchOptions,
): AsyncGenerator<WatchEvent<T>> {
  const aborted = (): boolean => watch.signal?.aborted === true;
  if (aborted()) return;
  const request: TransportRequest = {
    method: 'GET',
    path: resourcePath(collection(ref)) + watchQuery(watch),
    timeout: options.watchIdleTimeout ?? 120_000,
    streaming: true,
    ...(watch.signal === undefined ? {} : { signal: watch.signal }),
  };
  let response;
  try {
    response = await transport.open(request);
    for await (const frame of jsonFrames(response)) {
      if (aborted()) return;
      yield deepFreeze(frame as WatchEvent<T>);
    }
  } catch (error) {
    if (aborted()) return;
    throw error instanceof StatusError ? error : unreachable(options.server, error);
  } finally {
    response?.destroy();
  }
}

/** The collection a list, watch, create or deletecollection is about. */
function collection(ref: ResourceRef): ResourceRef {
  const { name: _name, ...rest } = ref;
  return rest;
}

function named(ref: ResourceRef, object: KubeObject): ResourceRef {
  if (ref.name !== undefined) return ref;
  if (object.metadata.name === undefined) throw newBadRequest('resource name may not be empty');
  return { ...ref, name: object.metadata.name };
}

function deleteBody(options: DeleteOptions = {}): object {
  return {
    kind: 'DeleteOptions',
    apiVersion: 'v1',
    ...(options.gracePeriodSeconds === undefined ? {} : { gracePeriodSeconds: options.gracePeriodSeconds }),
    ...(options.propagationPolicy === undefined ? {} : { propagationPolicy: options.propagationPolicy }),
    ...(options.preconditions === undefined ? {} : { preconditions: options.preconditions }),
    ...(options.dryRun === true ? { dryRun: ['All'] } : {}),
  };
}

/** The name the server will know us by, as far as the credentials tell: a certificate's CN, a service account's subject. */
function userNameOf(options: HttpClientOptions): string {
  if (options.certPem !== undefined) {
    const subject = new X509Certificate(options.certPem).subject.split('\n').find((line) => line.startsWith('CN='));
    return subject?.slice(3) ?? 'unknown';
  }
  const token = typeof options.token === 'function' ? options.token() : options.token;
  const claims = token?.split('.')[1];
  if (claims === undefined) return token === undefined ? 'system:anonymous' : 'unknown';
  try {
    const payload = JSON.parse(Buffer.from(claims, 'base64url').toString('utf8')) as { sub?: unknown };
    return typeof payload.sub === 'string' ? payload.sub : 'unknown';
  } catch {
    return 'unknown';
  }
}
