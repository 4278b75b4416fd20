import { createServer, type Server } from 'node:https';
import type { Socket } from 'node:net';
import fastify, { type FastifyInstance } from 'fastify';
import type { RequestHandler } from './request-handler.ts';
import { apiServerErrors } from '../errors.ts';

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

/** Headers of a request, all together. */
const MAX_HEADER_BYTES = 64 << 10;
/** To send the head, and to send everything, in ms. Watches answer long after and are not touched by these. */
const HEADERS_TIMEOUT = 10_000;
const REQUEST_TIMEOUT = 60_000;
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
export function httpsServer(handler: RequestHandler, tls: TlsOptions): HttpsServer {
  let server: Server | undefined;
  // Upgraded connections among them, which the server itself no longer counts.
  const sockets = new Set<Socket>();
  const app: FastifyInstance = fastify({
    // Paths and their errors are ours to answer: fastify sees one path.
    rewriteUrl: () => '/',
    forceCloseConnections: 'idle',
    clientErrorHandler: (error, socket) => {
      const status = error.code === 'HPE_HEADER_OVERFLOW' ? '431 Request Header Fields Too Large' : '400 Bad Request';
      if (socket.writable) socket.write(`HTTP/1.1 ${status}\r\nConnection: close\r\nContent-Length: 0\r\n\r\n`);
      // Not end(): that waits for the client to close too, and one who never does would keep the connection for good.
      socket.destroySoon();
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
          headersTimeout: HEADERS_TIMEOUT,
          requestTimeout: REQUEST_TIMEOUT,
          keepAliveTimeout: KEEP_ALIVE,
          noDelay: true,
          shouldUpgradeCallback: (request) => handler.upgrades(request),
        },
        (request, response) => {
          // The path as it came; fastify gets the rewritten one.
          originalUrls.set(request, request.url ?? '/');
          listener(request, response);
        },
      );
      server.on('upgrade', (request, socket, head) => void handler.upgrade(request, socket, head));
      server.on('tlsClientError', () => undefined);
      server.on('secureConnection', (socket) => {
        sockets.add(socket);
        socket.once('close', () => sockets.delete(socket));
      });
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
      const late = setTimeout(() => sockets.forEach((socket) => socket.destroy()), CLOSE_TIMEOUT);
      await app.close();
      clearInterval(idle);
      clearTimeout(late);
    },
  };
}
