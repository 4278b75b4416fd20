import { lookup as lookupName, type LookupAddress, type LookupOptions } from 'node:dns';
import type { ClientRequest, OutgoingHttpHeaders } from 'node:http';
import { request as httpsRequest } from 'node:https';
import type { ObjectCache } from '../store/object-cache.ts';
import type { RemoteGroup } from './remote-group.ts';
import { mayConnect, serviceAddress } from './service-address.ts';

/** For the connection, in ms; what flows afterwards has limits of its own. */
const CONNECT_TIMEOUT = 10_000;
const MAX_HEADER_BYTES = 64 << 10;

export interface RemoteRequest {
  readonly method: string;
  /** With the query. */
  readonly path: string;
  readonly headers: OutgoingHttpHeaders;
  readonly signal?: AbortSignal;
}

/** Opens a request to the server of a group version. The caller sends and ends it. Throws an Error when no endpoint is known. */
export function openRemote(cache: ObjectCache, remote: RemoteGroup, request: RemoteRequest): ClientRequest {
  const { host, port } = serviceAddress(cache, remote.service);
  const outgoing = httpsRequest({
    agent: remote.agent,
    host,
    port,
    lookup,
    servername: `${remote.service.name}.${remote.service.namespace}.svc`,
    method: request.method,
    path: request.path,
    headers: { ...request.headers, host: `${host}:${port}` },
    maxHeaderSize: MAX_HEADER_BYTES,
    ...(request.signal === undefined ? {} : { signal: request.signal }),
  });
  const timer = setTimeout(() => outgoing.destroy(new Error(`dial tcp ${host}:${port}: i/o timeout`)), CONNECT_TIMEOUT).unref();
  outgoing.on('socket', (socket) => {
    socket.setNoDelay(true);
    if (outgoing.reusedSocket) clearTimeout(timer);
    else socket.once('secureConnect', () => clearTimeout(timer));
  });
  outgoing.once('close', () => clearTimeout(timer));
  return outgoing;
}

/** Names that lead to this machine or to the cloud's own services lead nowhere. */
function lookup(
  name: string,
  options: LookupOptions,
  done: (error: NodeJS.ErrnoException | null, address: string | LookupAddress[], family?: number) => void,
): void {
  lookupName(name, options, (error, address: string | LookupAddress[], family) => {
    const found = typeof address === 'string' ? [address] : (address ?? []).map((each) => each.address);
    if (error === null && !found.every(mayConnect))
      done(new Error(`${name} leads to an address that may not be connected to`), '');
    else done(error, address, family);
  });
}
