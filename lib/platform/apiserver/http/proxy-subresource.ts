import { type ClientRequest, type IncomingMessage, type OutgoingHttpHeaders, request as httpRequest } from 'node:http';
import { request as httpsRequest } from 'node:https';
import { pipeline, type Duplex } from 'node:stream';
import { errorText } from '../../../common/errors.ts';
import type { ProxyPeer, ProxySubresource } from '../../api/subresources/connect-subresource.ts';
import type { ResourceDefinition } from '../../api/define-resource.ts';
import { newBadRequest, newNotFound, newServiceUnavailable } from '../../api/status-error.ts';
import type { KubeObject } from '../../api/meta.ts';
import { admit, type AdmissionRequest, validateAdmission } from '../admission/admission-plugin.ts';
import { mayConnect, serviceAddress } from '../aggregation/service-address.ts';
import { statusOf, unreachable } from '../aggregation/proxy-request.ts';
import { admissionOf } from '../operations/create-object.ts';
import type { Operation } from '../operations/operation.ts';
import { currentObject } from '../operations/guaranteed-update.ts';
import { resourcePrefix } from '../store/storage-key.ts';
import { addressOf, type NodeConnector } from './node-connector.ts';
import { answerHeaders, requestHeaders } from './proxy-headers.ts';
import { type ProxyName, proxyName, type ProxyPath, proxyPath, redirectThrough } from './proxy-path.ts';
import { relayUpgrade } from './relay-upgrade.ts';
import { operationOf, type RequestContext, refOf } from './request-context.ts';
import type { ResourceTarget } from './request-path.ts';

/** For the connection, in ms; what flows afterwards may take as long as it likes. */
const CONNECT_TIMEOUT = 10_000;
const NODES = resourcePrefix({ group: '', plural: 'nodes' });

/** A server that answers behind an object of ours. */
export interface Peer {
  readonly path: ProxyPath;
  /** `HOST:PORT` */
  readonly authority: string;
  open(method: string, headers: OutgoingHttpHeaders): ClientRequest;
}

/** Who is to answer; checks that the object is there. Throws a StatusError. */
export async function peerOf(
  context: RequestContext,
  target: ResourceTarget,
  definition: ResourceDefinition,
  subresource: ProxySubresource,
  connector: NodeConnector,
): Promise<Peer> {
  const who = proxyName(target.name ?? '', definition.kind.toLowerCase());
  await context.server.cache.fresh();
  const operation = operationOf(context, definition, refOf({ ...target, name: who.name }));
  const { object } = await currentObject(context.server, operation);
  const path = proxyPath(context.request.url ?? '', target);
  await admitted(context, operation, { kind: `${definition.kind}ProxyOptions`, apiVersion: 'v1', path: path.path ?? '' });
  const found = subresource.target(object, who.port, who.scheme);
  return 'node' in found ? nodePeer(context, found.node, path, connector) : plainPeer(addressFor(context, found), who, path);
}

/** Admission may refuse the connection; where it leads is not for it to change. */
async function admitted({ server }: RequestContext, operation: Operation, options: object): Promise<void> {
  const request: AdmissionRequest = { ...admissionOf(server, operation), operation: 'CONNECT', object: options as KubeObject };
  await admit(server.admission, request);
  await validateAdmission(server.admission, request);
}

function nodePeer({ server }: RequestContext, name: string, path: ProxyPath, connector: NodeConnector): Peer {
  const node = server.cache.resource(NODES).get(NODES + name)?.object;
  if (node === undefined) throw newNotFound({ group: '', resource: 'nodes' }, name);
  const address = addressOf(node);
  return {
    path,
    authority: `${address.host}:${address.port}`,
    open: (method, headers) => connector.open({ ...address, path: path.path ?? '/' }, { method, headers }),
  };
}

function addressFor({ server }: RequestContext, peer: Exclude<ProxyPeer, { node: string }>): { host: string; port: number } {
  if (!('service' in peer)) return peer;
  try {
    return serviceAddress(server.cache, peer.service);
  } catch (cause) {
    throw newServiceUnavailable(errorText(cause));
  }
}

function plainPeer({ host, port }: { host: string; port: number }, { scheme }: ProxyName, path: ProxyPath): Peer {
  // This machine's own services, and the cloud's, are behind no object.
  if (!mayConnect(host)) throw newBadRequest('address not allowed');
  const authority = `${host.includes(':') ? `[${host}]` : host}:${port}`;
  return {
    path,
    authority,
    open(method, headers) {
      const options = {
        agent: false,
        host,
        port,
        path: path.path ?? '/',
        method,
        headers: { ...headers, host: authority },
      } as const;
      // Pods have certificates of anybody's making: who reaches them this way knows them by their address alone, as in Kubernetes.
      const outgoing = scheme === 'https' ? httpsRequest({ ...options, rejectUnauthorized: false }) : httpRequest(options);
      const timer = setTimeout(() => outgoing.destroy(new Error(`dial tcp ${authority}: i/o timeout`)), CONNECT_TIMEOUT).unref();
      outgoing.once('socket', (socket) => {
        socket.setNoDelay(true);
        socket.once(scheme === 'https' ? 'secureConnect' : 'connect', () => clearTimeout(timer));
      });
      outgoing.once('close', () => clearTimeout(timer));
      return outgoing;
    },
  };
}

/** Both bodies stream, as fast as the slower side takes them. Resolves when the head of the answer is out; rejects with a StatusError before. */
export function proxyToPeer({ request, response }: RequestContext, peer: Peer): Promise<undefined> {
  const { prefix, path, query } = peer.path;
  const reads = request.method === 'GET' || request.method === 'HEAD';
  if (path === undefined && reads) {
    // Links of the page would lead beside it.
    response.writeHead(301, { location: `${prefix}/${query}` }).end();
    return Promise.resolve(undefined);
  }
  return new Promise((resolve, reject) => {
    const outgoing = peer.open(request.method ?? 'GET', requestHeaders(request, false));
    outgoing.on('error', (error) => {
      if (response.headersSent) response.destroy();
      reject(unreachable(error));
    });
    // Nobody has asked for another protocol.
    outgoing.once('upgrade', (_answer, socket) => void socket.destroy());
    // Some ends come without an error.
    outgoing.once('close', () => reject(unreachable(new Error('socket hang up'))));
    outgoing.once('response', (answer: IncomingMessage) => {
      const headers = answerHeaders(answer.headers);
      if (answer.headers.location !== undefined)
        headers['location'] = redirectThrough(answer.headers.location, prefix, peer.authority);
      try {
        response.writeHead(statusOf(answer), headers);
      } catch (error) {
        outgoing.destroy();
        return reject(unreachable(error as Error));
      }
      response.flushHeaders();
      pipeline(answer, response, (error) => error && outgoing.destroy());
      resolve(undefined);
    });
    if (response.destroyed) outgoing.destroy();
    response.once('close', () => outgoing.destroy());
    // Not pipeline(): where the other side fails, the client's connection is still to carry our answer.
    request.pipe(outgoing);
  });
}

/** An upgraded connection, as of web sockets. */
export function upgradeToPeer(request: IncomingMessage, client: Duplex, head: Buffer, peer: Peer): Promise<void> {
  return relayUpgrade(peer.open(request.method ?? 'GET', requestHeaders(request, true)), client, head).catch((error: Error) => {
    throw unreachable(error);
  });
}
