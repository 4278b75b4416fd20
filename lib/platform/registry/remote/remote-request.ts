import { type IncomingMessage, request as requestHttp } from 'node:http';
import { type RequestOptions, request as requestHttps } from 'node:https';
import { isIP } from 'node:net';
import { readLimited } from '../registry-connection.ts';
import type { AddressJudge } from './address-judge.ts';

/** What a registry elsewhere has answered. */
export interface RemoteAnswer {
  readonly code: number;
  readonly headers: IncomingMessage['headers'];
  readonly body: Buffer;
}

export interface RemoteRequest {
  readonly url: URL;
  readonly headers: Readonly<Record<string, string>>;
  /** Certificates are not looked at. */
  readonly insecure: boolean;
  /** Trusted beside the authorities that Node knows. */
  readonly caPem?: string;
  /** Undefined: whoever it is may be spoken to (the platform's own registry). */
  readonly judge: AddressJudge | undefined;
  /** Bytes that are read at most. */
  readonly limit: number;
  readonly signal: AbortSignal;
}

const MOST_REDIRECTS = 3;
const REDIRECTS = new Set([301, 302, 303, 307, 308]);

/**
 * GET, over redirects: each is judged like the first, none leads from TLS to none, and no credentials go to another host. Rejects with an
 * Error whose text holds nothing of what was answered.
 */
export async function remoteGet(asked: RemoteRequest): Promise<RemoteAnswer> {
  let current = asked;
  for (let hop = 0; ; hop++) {
    const response = await open(current);
    const location = response.headers.location;
    if (!REDIRECTS.has(response.statusCode ?? 0) || location === undefined) {
      const body = await readLimited(response, current.limit);
      return { code: response.statusCode ?? 0, headers: response.headers, body };
    }
    response.destroy();
    if (hop === MOST_REDIRECTS) throw new Error('the registry redirects too often');
    current = redirected(current, location);
  }
}

function redirected(from: RemoteRequest, location: string): RemoteRequest {
  if (!URL.canParse(location, from.url)) throw new Error('the registry redirects to nowhere');
  const url = new URL(location, from.url);
  if (url.protocol !== 'https:' && !(url.protocol === 'http:' && from.url.protocol === 'http:'))
    throw new Error('the registry redirects to what is not TLS');
  if (url.host === from.url.host) return { ...from, url };
  const { authorization: _authorization, ...headers } = from.headers;
  // Of the platform's own registry nothing follows: it does not redirect.
  if (from.judge === undefined) throw new Error('the registry redirects elsewhere');
  return { ...from, url, headers };
}

function open({ url, headers, insecure, caPem, judge, signal }: RemoteRequest): Promise<IncomingMessage> {
  const hostname = url.hostname.replace(/^\[|\]$/g, '');
  // An address is not looked up, so it is judged here.
  const problem = isIP(hostname) === 0 ? undefined : judge?.problem(hostname);
  if (problem !== undefined) return Promise.reject(new Error(problem));
  const options: RequestOptions = {
    method: 'GET',
    hostname,
    port: url.port === '' ? undefined : url.port,
    path: `${url.pathname}${url.search}`,
    headers: { ...headers, host: url.host, 'user-agent': 'openshift' },
    agent: false,
    signal,
    ...(judge === undefined ? {} : { lookup: judge.lookup as NonNullable<RequestOptions['lookup']> }),
    ...(insecure ? { rejectUnauthorized: false } : {}),
    ...(caPem === undefined ? {} : { ca: caPem }),
  };
  return new Promise((resolve, reject) => {
    (url.protocol === 'http:' ? requestHttp : requestHttps)(options, resolve).once('error', reject).end();
  });
}
