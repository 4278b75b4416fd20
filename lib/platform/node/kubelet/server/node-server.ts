import { once } from 'node:events';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { createServer, type Server } from 'node:https';
import type { Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import type { TLSSocket } from 'node:tls';
import { errorText } from '../../../../common/errors.ts';
import type { Log } from '../../../../common/log.ts';
import { StatusError } from '../../../api/status-error.ts';
import type { ContainerRuntime } from '../../../runtime/container-runtime.ts';
import { resourceMetrics } from '../stats/resource-metrics.ts';
import { summaryOf } from '../stats/summary.ts';
import type { UsageSampler } from '../stats/usage-sampler.ts';
import { authorizeClient, DEFAULT_CLIENTS } from './client-authorization.ts';
import { serveContainerLogs } from './container-logs.ts';
import { type NodeLogSources, serveNodeLogs } from './node-logs.ts';
import { PodDialer } from './pod-dialer.ts';
import { type NodeRoute, parseRoute } from './pod-request.ts';
import type { PodSource } from './pod-source.ts';
import { serveCommand, serveForward } from './streaming-requests.ts';
import { TextError } from './text-error.ts';

/** PEM texts: the CA of the clients, and our own certificate and key. */
export interface NodeServerTls {
  readonly caPem: string;
  readonly certPem: string;
  readonly keyPem: string;
}

export interface NodeServerOptions {
  readonly nodeName: string;
  readonly pods: PodSource;
  readonly runtime: Pick<ContainerRuntime, 'exec' | 'attach' | 'logs'>;
  /** What the node and its pods use. */
  readonly usage: UsageSampler;
  /** @default this machine's */
  readonly logs?: NodeLogSources;
  readonly tls: NodeServerTls;
  /** 0: any free one. */
  readonly port: number;
  /** @default all */
  readonly address?: string;
  readonly log: Log;
  /** A session on which nothing is said either way for so long, in ms, is ended (kubelet: streamingConnectionIdleTimeout). @default 4 hours */
  readonly idleTimeout?: number;
  /** Common names of the client certificates that may use this node. @default the API server's and the master's */
  readonly clients?: readonly string[];
}

/** The kubelet's own API: logs, exec, attach and port-forward of this node's pods, what they use, and the machine's logs, for the API server. */
export interface NodeServer {
  /** Resolves when it takes connections; rejects when the port is taken. */
  listen(): Promise<{ port: number }>;
  /** Listens until the signal, then closes. Rejects when it cannot listen. */
  run(signal: AbortSignal): Promise<void>;
  /** New certificates for connections from now on. */
  reload(tls: NodeServerTls): void;
  /** Cuts every session. The containers' processes stay. */
  close(): Promise<void>;
}

/** A command line may be long: it stands in the URL. */
const MAX_HEADER_BYTES = 1024 * 1024;
const MAX_CONNECTIONS = 2000;
/** Connections whose client has not shown a certificate of ours: the oldest go first, so that strangers cannot take all places. */
const MAX_STRANGERS = 200;
const IDLE_TIMEOUT = 4 * 60 * 60_000;
/** To get through the TLS handshake, in ms. */
const HANDSHAKE_TIMEOUT = 10_000;

/** The kubelet's HTTPS server: logs, exec, attach, port-forward, figures. It answers the API server alone. */
export function createNodeServer(options: NodeServerOptions): NodeServer {
  const dialer = new PodDialer();
  const upgraded = new Set<Duplex>();
  const server = createServer({
    ...secureContext(options.tls),
    requestCert: true,
    // A stranger gets an HTTP answer that says so, not a broken handshake.
    rejectUnauthorized: false,
    minVersion: 'TLSv1.2',
    maxHeaderSize: MAX_HEADER_BYTES,
    handshakeTimeout: HANDSHAKE_TIMEOUT,
    noDelay: true,
  });
  server.maxConnections = MAX_CONNECTIONS;
  const strangers = limitStrangers(server);
  const context: Context = { ...options, dialer, clients: options.clients ?? DEFAULT_CLIENTS };
  server.on('request', (request: IncomingMessage, response: ServerResponse) => void answer(context, request, response));
  server.on('upgrade', (request: IncomingMessage, socket: Duplex, head: Buffer) => {
    upgraded.add(socket);
    socket.once('close', () => upgraded.delete(socket));
    socket.on('error', () => socket.destroy());
    request.socket.setTimeout(options.idleTimeout ?? IDLE_TIMEOUT, () => socket.destroy());
    void answerUpgrade(context, request, socket, head);
  });
  server.on('clientError', (_error, socket) => socket.destroy());
  const self: NodeServer = {
    listen: () => listen(server, options),
    async run(signal) {
      await self.listen();
      if (!signal.aborted) await once(signal, 'abort');
      await self.close();
    },
    reload: (tls) => server.setSecureContext(secureContext(tls)),
    async close() {
      dialer.close();
      for (const socket of upgraded) socket.destroy();
      if (!server.listening) return;
      const closed = once(server, 'close');
      server.close();
      server.closeAllConnections();
      // Before the handshake they are no HTTP connections yet.
      for (const socket of strangers.values()) socket.destroy();
      await closed;
    },
  };
  return self;
}

const secureContext = (tls: NodeServerTls): { ca: string; cert: string; key: string } => ({
  ca: tls.caPem,
  cert: tls.certPem,
  key: tls.keyPem,
});

/** By the far end's address and port, since TLS does not tell which connection of the listener it stands on. */
function limitStrangers(server: Server): ReadonlyMap<string, Socket> {
  const strangers = new Map<string, Socket>();
  const key = (socket: Socket): string => `${socket.remoteAddress} ${socket.remotePort}`;
  server.on('connection', (socket: Socket) => {
    const name = key(socket);
    strangers.set(name, socket);
    socket.once('close', () => strangers.delete(name));
    if (strangers.size > MAX_STRANGERS) strangers.values().next().value?.destroy();
  });
  server.on('secureConnection', (socket) => void (socket.authorized && strangers.delete(key(socket))));
  return strangers;
}

async function listen(server: Server, options: NodeServerOptions): Promise<{ port: number }> {
  server.listen(options.port, options.address);
  await once(server, 'listening');
  const address = server.address();
  return { port: typeof address === 'object' && address !== null ? address.port : options.port };
}

interface Context extends NodeServerOptions {
  readonly dialer: PodDialer;
  readonly clients: readonly string[];
}

/** The route and the query of a request of an authorized client. Throws a TextError. */
function admit(context: Context, request: IncomingMessage): { route: NodeRoute; query: URLSearchParams } {
  authorizeClient(request.socket as TLSSocket, context.clients);
  const [path = '', ...query] = (request.url ?? '').split('?');
  const route = parseRoute(path);
  if (route === undefined) throw new TextError(404, '404 page not found');
  return { route, query: new URLSearchParams(query.join('?')) };
}

async function answer(context: Context, request: IncomingMessage, response: ServerResponse): Promise<void> {
  response.on('error', () => undefined);
  try {
    const { route, query } = admit(context, request);
    if (request.method !== 'GET' && request.method !== 'HEAD' && request.method !== 'POST')
      throw new TextError(405, 'Method Not Allowed');
    switch (route.verb) {
      case 'healthz':
        response.setHeader('Content-Type', 'text/plain; charset=utf-8');
        response.end('ok');
        return;
      case 'pods':
        response.setHeader('Content-Type', 'application/json');
        response.end(
          JSON.stringify({
            kind: 'PodList',
            apiVersion: 'v1',
            metadata: {},
            items: context.pods.list().map((pod) => pod.object),
          }),
        );
        return;
      case 'stats':
        response.setHeader('Content-Type', 'application/json');
        response.end(JSON.stringify(summaryOf(context.nodeName, await context.usage.read())));
        return;
      case 'metrics':
        response.setHeader('Content-Type', 'text/plain; version=0.0.4; charset=utf-8');
        response.end(resourceMetrics(await context.usage.read()));
        return;
      case 'logs':
        if (request.method === 'POST') throw new TextError(405, 'Method Not Allowed');
        await serveNodeLogs(context.logs ?? {}, route.file ?? [], query, response);
        return;
      case 'containerLogs':
        await serveContainerLogs(context, route, query, response);
        return;
      default:
        throw new TextError(400, 'Upgrade request required');
    }
  } catch (error) {
    const { code, type, body } = describe(context, error);
    if (response.headersSent) return void response.destroy();
    response.writeHead(code, { 'Content-Type': type });
    response.end(body);
  }
}

async function answerUpgrade(context: Context, request: IncomingMessage, socket: Duplex, head: Buffer): Promise<void> {
  try {
    const { route, query } = admit(context, request);
    if (route.verb === 'exec' || route.verb === 'attach') await serveCommand(context, route, query, { request, socket, head });
    else if (route.verb === 'portForward') await serveForward(context, route, query, { request, socket, head });
    else throw new TextError(400, 'this path takes no upgrade');
  } catch (error) {
    const { code, type, body } = describe(context, error);
    // After the handshake this is no HTTP any more, and nothing of ours throws there.
    if (socket.writable)
      socket.end(
        `HTTP/1.1 ${code} \r\nConnection: close\r\nContent-Type: ${type}\r\nContent-Length: ${Buffer.byteLength(body)}\r\n\r\n${body}`,
      );
  }
}

function describe(context: Context, error: unknown): { code: number; type: string; body: string } {
  if (error instanceof StatusError) return { code: error.code, type: 'application/json', body: JSON.stringify(error.status) };
  if (error instanceof TextError) return { code: error.code, type: 'text/plain; charset=utf-8', body: error.message };
  context.log.error({ error: errorText(error) }, 'node server request failed');
  return { code: 500, type: 'text/plain; charset=utf-8', body: 'Internal Server Error' };
}
