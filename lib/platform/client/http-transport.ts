import { Agent as HttpAgent, request as httpRequest, type ClientRequest, type IncomingMessage } from 'node:http';
import { Agent as HttpsAgent, request as httpsRequest } from 'node:https';
import { errorText } from '../../common/errors.ts';
import { type Status, StatusError } from '../api/status-error.ts';
import { namedAs } from './server-name.ts';

/** Where the API is and who we are there. Exactly one of certificate and token is the usual case; both may be given. */
export interface HttpClientOptions {
  /** `https://HOST:PORT`, as in a kubeconfig. */
  readonly server: string;
  readonly caPem?: string;
  /** The name that the server's certificate has to be for. @default the host of `server` */
  readonly tlsServerName?: string | undefined;
  readonly certPem?: string;
  readonly keyPem?: string;
  /** A function is asked for each request: tokens of pods are exchanged for new ones while they run. */
  readonly token?: string | (() => string);
  /** Silence after which a request is given up, in ms. @default 30000 */
  readonly timeout?: number;
  /** Silence after which a watch is taken for dead, in ms; bookmarks come about once a minute. @default 120000 */
  readonly watchIdleTimeout?: number;
  /** @default 'openshift' */
  readonly userAgent?: string;
}

export interface TransportRequest {
  readonly method: string;
  readonly path: string;
  readonly body?: unknown;
  readonly contentType?: string;
  readonly timeout: number;
  /** The answer lasts: it gets a connection of its own. */
  readonly streaming?: boolean;
  readonly signal?: AbortSignal;
}

/** Connections for calls: a burst of requests queues for these instead of paying for a TLS handshake each. */
const MAX_CALL_SOCKETS = 16;

/** One HTTP/1.1 connection pool to one server, with its credentials. */
export interface Transport {
  /** Resolves with the answer's head when its status is 2xx; rejects with a StatusError otherwise. */
  open(request: TransportRequest): Promise<IncomingMessage>;
  close(): void;
}

/** The header that says who asks; none without a token. */
export const authorizationOf = (token: HttpClientOptions['token']): { authorization?: string } =>
  token === undefined ? {} : { authorization: `Bearer ${typeof token === 'string' ? token : token()}` };

/** HTTP to one server, with a bounded number of connections. */
export function createTransport(options: HttpClientOptions): Transport {
  const base = new URL(options.server);
  const secure = base.protocol === 'https:';
  const tls = { ca: options.caPem, cert: options.certPem, key: options.keyPem, ...namedAs(options.tlsServerName) };
  const pool = (maxSockets: number): HttpAgent =>
    secure ? new HttpsAgent({ keepAlive: true, maxSockets, ...tls }) : new HttpAgent({ keepAlive: true, maxSockets });
  const calls = pool(MAX_CALL_SOCKETS);
  // Each watch holds a connection for as long as it runs: they must never wait for one another, nor calls for them.
  const streams = pool(Infinity);
  const headers: Record<string, string> = { accept: 'application/json', 'user-agent': options.userAgent ?? 'openshift' };
  const prefix = base.pathname.replace(/\/$/, '');

  const send = (request: TransportRequest, answer: (response: IncomingMessage) => void): ClientRequest => {
    const payload = request.body === undefined ? undefined : Buffer.from(JSON.stringify(request.body));
    const outgoing = (secure ? httpsRequest : httpRequest)(
      {
        agent: request.streaming === true ? streams : calls,
        hostname: base.hostname.replace(/^\[(.*)\]$/, '$1'),
        port: base.port === '' ? (secure ? 443 : 80) : base.port,
        method: request.method,
        path: prefix + request.path,
        headers: {
          ...headers,
          ...authorizationOf(options.token),
          ...(payload === undefined
            ? {}
            : { 'content-type': request.contentType ?? 'application/json', 'content-length': payload.length }),
        },
        ...(request.signal === undefined ? {} : { signal: request.signal }),
      },
      answer,
    );
    outgoing.setTimeout(request.timeout, () => outgoing.destroy(new Error(`no answer for ${request.timeout} ms`)));
    outgoing.on('socket', (socket) => socket.setKeepAlive(true, 15_000));
    outgoing.setNoDelay(true);
    outgoing.end(payload);
    return outgoing;
  };

  const attempt = (request: TransportRequest): Promise<IncomingMessage> =>
    new Promise((resolve, reject) => {
      const outgoing = send(request, resolve);
      outgoing.on('error', (error: NodeJS.ErrnoException) => {
        // The server closed a kept connection just as we picked it; only a read may simply be asked again.
        const stale = outgoing.reusedSocket && error.code === 'ECONNRESET' && request.method === 'GET';
        if (stale && request.signal?.aborted !== true) resolve(attempt(request));
        else reject(unreachable(options.server, error));
      });
    });

  return {
    async open(request) {
      const response = await attempt(request);
      const code = response.statusCode ?? 0;
      if (code >= 200 && code < 300) return response;
      throw toStatusError(code, await readText(response), response.headers['retry-after']);
    },
    close() {
      calls.destroy();
      streams.destroy();
    },
  };
}

/** The body as text. A connection that breaks in the middle rejects: half an answer is none. */
export async function readText(response: IncomingMessage): Promise<string> {
  const parts: Buffer[] = [];
  try {
    for await (const part of response) parts.push(part as Buffer);
  } catch (error) {
    throw unreachable('server', error);
  }
  return Buffer.concat(parts).toString('utf8');
}

/** No answer at all, as the 503 that a caller handles like an overloaded server. */
export function unreachable(server: string, cause: unknown): StatusError {
  return new StatusError(
    failure(503, 'ServiceUnavailable', `the connection to the server ${server} failed: ${errorText(cause)}`),
    { cause },
  );
}

function toStatusError(code: number, body: string, retryAfter: string | undefined): StatusError {
  const seconds = retryAfter !== undefined && /^\d+$/.test(retryAfter) ? Number(retryAfter) : undefined;
  const parsed = parseStatus(body);
  const status = parsed ?? failure(code, REASONS[code] ?? 'Unknown', body.trim().slice(0, 1024) || `the server answered ${code}`);
  if (seconds !== undefined) status.details = { ...status.details, retryAfterSeconds: seconds };
  return new StatusError({ ...status, code: status.code || code });
}

function parseStatus(body: string): Status | undefined {
  try {
    const value = JSON.parse(body) as Status | null;
    return value !== null && typeof value === 'object' && value.kind === 'Status' ? value : undefined;
  } catch {
    return undefined;
  }
}

const failure = (code: number, reason: string, message: string): Status => ({
  kind: 'Status',
  apiVersion: 'v1',
  metadata: {},
  status: 'Failure',
  message,
  reason,
  code,
});

const REASONS: Record<number, string> = {
  400: 'BadRequest',
  401: 'Unauthorized',
  403: 'Forbidden',
  404: 'NotFound',
  405: 'MethodNotAllowed',
  409: 'Conflict',
  410: 'Expired',
  413: 'RequestEntityTooLarge',
  415: 'UnsupportedMediaType',
  422: 'Invalid',
  429: 'TooManyRequests',
  500: 'InternalError',
  503: 'ServiceUnavailable',
  504: 'Timeout',
};
