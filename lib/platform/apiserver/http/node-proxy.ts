import type { IncomingHttpHeaders, IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';
import type { NodeSubresource } from '../../api/subresources/connect-subresource.ts';
import { newMethodNotSupported, type StatusError } from '../../api/status-error.ts';
import { protocolToken } from '../auth/authenticator.ts';
import { currentObject } from '../operations/guaranteed-update.ts';
import { admit, type AdmissionRequest, validateAdmission } from '../admission/admission-plugin.ts';
import { admissionOf } from '../operations/create-object.ts';
import { type Operation, qualifiedOf } from '../operations/operation.ts';
import { cloneJson, equalJson } from '../store/json-value.ts';
import type { ResourceDefinition } from '../../api/define-resource.ts';
import { type NodeConnector, type NodeTarget, nodeUnreachable } from './node-connector.ts';
import { statusOf } from '../aggregation/proxy-request.ts';
import { operationOf, type RequestContext, refOf } from './request-context.ts';
import type { ResourceTarget } from './request-path.ts';
import { relayUpgrade } from './relay-upgrade.ts';
import { verbOf } from './request-question.ts';

/** Headers that speak for the client to us, or about our connection, and are none of the node's business. */
const DROPPED = new Set([
  'authorization',
  'host',
  'content-length',
  'transfer-encoding',
  'keep-alive',
  'te',
  'trailer',
  'cookie',
]);
const SPEAKS_FOR = /^(impersonate-|x-remote-)/;

/** Where the request is to go; checks that the object is there and may be asked. */
export async function nodeTarget(
  context: RequestContext,
  target: ResourceTarget,
  definition: ResourceDefinition,
  subresource: NodeSubresource,
  connector: NodeConnector,
): Promise<NodeTarget> {
  // By the verb that was authorized: who may delete or patch something must not get into a container that way.
  const verb = verbOf(context.request, target, context.query);
  if (!subresource.verbs.some((each) => each === verb)) throw newMethodNotSupported(qualifiedOf(definition), verb);
  await context.server.cache.fresh();
  const operation = operationOf(context, definition, refOf(target));
  const { object } = await currentObject(context.server, operation);
  return connector.resolve(context.server, subresource, object, await admitted(context, operation, subresource));
}

/** What is asked for once admission has agreed to it, and maybe changed it. */
async function admitted(
  { server, query }: RequestContext,
  operation: Operation,
  subresource: NodeSubresource,
): Promise<URLSearchParams> {
  const options = subresource.options?.(query);
  if (options === undefined) return query;
  const before = cloneJson(options);
  const request: AdmissionRequest = { ...admissionOf(server, operation), operation: 'CONNECT', object: options };
  await admit(server.admission, request);
  await validateAdmission(server.admission, request);
  if (equalJson(before, options)) return query;
  const changed = new URLSearchParams();
  for (const [name, value] of Object.entries(options))
    if (name !== 'kind' && name !== 'apiVersion') for (const each of [value].flat()) changed.append(name, String(each));
  return changed;
}

function forwarded(headers: IncomingHttpHeaders, upgrade: boolean): Record<string, string | string[]> {
  const out: Record<string, string | string[]> = {};
  for (const [name, value] of Object.entries(headers)) {
    if (value === undefined || DROPPED.has(name) || SPEAKS_FOR.test(name)) continue;
    if (!upgrade && (name === 'connection' || name === 'upgrade')) continue;
    out[name] = value;
  }
  if (upgrade) out['connection'] = 'Upgrade';
  const { rest } = protocolToken(headers['sec-websocket-protocol']);
  if (rest !== undefined) out['sec-websocket-protocol'] = rest;
  return out;
}

/** A plain request (log): the node's answer streams through, and ends when either side does. */
export function proxyPlain(
  { request, response }: RequestContext,
  target: NodeTarget,
  connector: NodeConnector,
): Promise<undefined> {
  return new Promise((resolve, reject) => {
    const outgoing = connector.open(target, { method: request.method ?? 'GET', headers: forwarded(request.headers, false) });
    outgoing.once('error', (error) => {
      if (response.headersSent) response.destroy();
      reject(nodeUnreachable(target, request.method ?? 'GET', error));
    });
    // Nobody has asked for another protocol, and some ends come without an error.
    outgoing.once('upgrade', (_answer, socket) => void socket.destroy());
    outgoing.once('close', () => reject(nodeUnreachable(target, request.method ?? 'GET', new Error('socket hang up'))));
    outgoing.once('response', (incoming) => {
      const headers: Record<string, string> = { 'content-type': incoming.headers['content-type'] ?? 'text/plain' };
      try {
        response.writeHead(statusOf(incoming), headers);
      } catch (error) {
        outgoing.destroy();
        return reject(nodeUnreachable(target, request.method ?? 'GET', error as Error));
      }
      // Followers are to see that the stream has begun before its first line.
      response.flushHeaders();
      incoming.pipe(response);
      incoming.once('error', () => response.destroy());
      incoming.once('aborted', () => response.destroy());
      resolve(undefined);
    });
    response.once('close', () => outgoing.destroy());
    request.resume();
    outgoing.end();
  });
}

/** An upgraded connection (exec, attach, port-forward): bytes both ways, whatever protocol the two ends have agreed on. */
export async function proxyUpgrade(
  request: IncomingMessage,
  client: Duplex,
  head: Buffer,
  target: NodeTarget,
  connector: NodeConnector,
): Promise<void> {
  const outgoing = connector.open(target, { method: request.method ?? 'GET', headers: forwarded(request.headers, true) });
  return relayUpgrade(outgoing, client, head).catch((error: Error) => {
    throw nodeUnreachable(target, request.method ?? 'GET', error);
  });
}

/** A refusal on a connection that wanted to be upgraded: there is no response object any more. Of HEAD nobody reads a body. */
export function refuseUpgrade(client: Duplex, { status }: StatusError, method = 'GET'): void {
  const body = JSON.stringify(status);
  const retry = status.details?.retryAfterSeconds;
  const head = [
    `HTTP/1.1 ${status.code} ${status.reason ?? 'Error'}`,
    'Content-Type: application/json',
    `Content-Length: ${Buffer.byteLength(body)}`,
    'Connection: close',
    ...(retry === undefined ? [] : [`Retry-After: ${retry}`]),
  ];
  client.on('error', () => client.destroy());
  client.end(`${head.join('\r\n')}\r\n\r\n${method === 'HEAD' ? '' : body}`);
}
