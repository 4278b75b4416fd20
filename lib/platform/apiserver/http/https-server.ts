import type { IncomingMessage } from 'node:http';
import { createServer, type Server } from 'node:https';
import fastify, { type FastifyInstance } from 'fastify';
import { apiServerErrors } from '../errors.ts';
import { Connections } from './connections.ts';
import type { RequestHandler } from './request-handler.ts';
import type { UpgradeHandler } from './upgrade-handler.ts';

export interface TlsOptions {
  readonly caPem: string;
  readonly certPem: string;
  readonly keyPem: string;
}

export interface ListenOptions {
  readonly host: string;
  /** 0: any free one. */
  readonly port: number;
}

/** What clients may do to the connections themselves. @default what is said here */
export interface ConnectionLimits {
  /** Connections that are open at one time. */
  readonly connections?: number;
  /** To send the head of a request, in ms. */
  readonly headersTimeout?: number;
  /** To send the whole of it, unless it is an upload, in ms. */
  readonly requestTimeout?: number;
  /** How often that is looked at, in ms. */
  readonly checkInterval?: number;
}

/** What is said to bytes that are no request. */
const PROTOCOL_ERRORS: Readonly<Record<string, string>> = {
  HPE_HEADER_OVERFLOW: '431 Request Header Fields Too Large',
  ERR_HTTP_REQUEST_TIMEOUT: '408 Request Timeout',
};

/** A request was whole, and what came behind it was the beginning of none. */
const NEXT_IS_NONE = 'HPE_INVALID_METHOD';

/** Headers of a request, all together. */
const MAX_HEADER_BYTES = 64 << 10;
/** To send the head, to send everything, and to send what may be large, in ms. Watches answer long after and are not touched by these. */
const HEADERS_TIMEOUT = 10_000;
const REQUEST_TIMEOUT = 60_000;
const UPLOAD_TIMEOUT = 30 * 60_000;
/** How often connections are looked through for those that took too long, in ms. */
const CHECK_INTERVAL = 2_000;
/** To get through the TLS handshake, in ms. */
const HANDSHAKE_TIMEOUT = 10_000;
/** An idle connection is kept for the client's next request. */
const KEEP_ALIVE = 90_000;
/** For connections that are still busy when the server closes. */
const CLOSE_TIMEOUT = 2_000;

/** The HTTPS side of the API server. */
export interface HttpsServer {
  listen(options: ListenOptions): Promise<number>;
  /** Takes no more requests, ends watches (their clients reconnect elsewhere) and waits briefly for the rest. */
  close(): Promise<void>;
}

/**
 * Fastify carries the connections; one handler answers every method and path, since the API's paths are data of the registry
 * and bodies must be read with their own limits.
 */
export function httpsServer(
  handler: RequestHandler,
  upgrades: UpgradeHandler,
  tls: TlsOptions,
  limits: ConnectionLimits = {},
): HttpsServer {
  let server: Server | undefined;
  // Upgraded connections among them, which the server itself no longer counts.
  const connections = new Connections(limits.connections);
  const app: FastifyInstance = fastify({
    // Paths and their errors are ours to answer: fastify sees one path.
    rewriteUrl: () => '/',
    forceCloseConnections: 'idle',
    clientErrorHandler: (error, socket) => {
      const status = PROTOCOL_ERRORS[error.code] ?? '400 Bad Request';
      // In the middle of an answer these words would be taken for a part of it, or for the answer to another request.
      if (socket.writable && !connections.isUsed(socket))
        socket.write(`HTTP/1.1 ${status}\r\nConnection: close\r\nContent-Length: 0\r\n\r\n`);
      // Not end(): that waits for the client to close too, and one who never does would keep the connection for good.
      if (error.code === NEXT_IS_NONE) connections.endAfterAnswer(socket);
      else socket.destroySoon();
    },
    return503OnClosing: false,
    logger: false,
    serverFactory: (listener) => {
      server = createServer(
        {
          ca: tls.caPem,
          cert: tls.certPem,
          key: tls.keyPem,
          requestCert: true,
          // Without a certificate, or with a bad one, there is still a 401 to be told.
          rejectUnauthorized: false,
          minVersion: 'TLSv1.2',
          handshakeTimeout: HANDSHAKE_TIMEOUT,
          maxHeaderSize: MAX_HEADER_BYTES,
          headersTimeout: limits.headersTimeout ?? HEADERS_TIMEOUT,
          connectionsCheckingInterval: limits.checkInterval ?? CHECK_INTERVAL,
          requestTimeout: UPLOAD_TIMEOUT,
          keepAliveTimeout: KEEP_ALIVE,
          noDelay: true,
          shouldUpgradeCallback: (request) => upgrades.upgrades(request),
        },
        (request, response) => {
          // The path as it came; fastify gets the rewritten one.
          originalUrls.set(request, request.url ?? '/');
          connections.begin(request, response);
          limitBody(request, limits.requestTimeout ?? REQUEST_TIMEOUT, () => handler.uploads(request));
          listener(request, response);
        },
      );
      server.on('upgrade', (request, socket, head) => {
        connections.handOver(request.socket);
        void upgrades.upgrade(request, socket, head);
      });
      server.on('tlsClientError', () => undefined);
      server.on('secureConnection', (socket) => connections.add(socket));
      return server;
    },
  });
  const originalUrls = new WeakMap<object, string>();
  // The first that fastify asks, before it has an opinion on methods and media types. Never calls back: the rest is not for it.
  app.addHook('onRequest', (request, reply, _done) => {
    reply.hijack();
    const { raw } = request;
    raw.url = originalUrls.get(raw) ?? raw.url ?? '/';
    void handler.handle(raw, reply.raw);
  });

  return {
    async listen({ host, port }) {
      try {
        await app.listen({ host, port, backlog: 1024 });
      } catch (cause) {
        const { code } = cause as NodeJS.ErrnoException;
        if (code === 'EADDRINUSE') throw apiServerErrors.API_PORT_IN_USE(host, port, { cause });
        if (code === 'EACCES') throw apiServerErrors.API_PORT_FORBIDDEN(host, port, { cause });
        if (code === 'EADDRNOTAVAIL') throw apiServerErrors.API_ADDRESS_UNKNOWN(host, { cause });
        throw cause;
      }
      const address = server!.address();
      return typeof address === 'object' && address !== null ? address.port : port;
    },
    async close() {
      // A connection whose last answer was on its way when the closing began is idle a moment later.
      const idle = setInterval(() => server?.closeIdleConnections(), 20);
      const late = setTimeout(() => connections.destroyAll(), CLOSE_TIMEOUT);
      await app.close();
      clearInterval(idle);
      clearTimeout(late);
    },
  };
}

/** Cuts off who sends a body too slowly. Node has one limit for all requests; uploads need another. */
function limitBody(request: IncomingMessage, ms: number, isUpload: () => boolean): void {
  const { headers } = request;
  if (headers['transfer-encoding'] === undefined && Number(headers['content-length'] ?? 0) === 0) return;
  const timer = setTimeout(() => {
    if (!request.complete && !isUpload()) request.socket.destroy();
  }, ms).unref();
  const done = (): void => clearTimeout(timer);
  request.once('end', done).once('close', done);
}
