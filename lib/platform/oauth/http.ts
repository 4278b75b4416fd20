import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Visit } from '../api/mount.ts';
import { newBadRequest } from '../api/status-error.ts';

/** A form has a name, a password and a few addresses. */
export const LARGEST_FORM = 16 << 10;

/** The fields of a posted form. Throws a StatusError for what is none. */
export async function readForm(request: IncomingMessage, visit: Visit): Promise<URLSearchParams> {
  const type = (request.headers['content-type'] ?? '').split(';', 1)[0]!.trim().toLowerCase();
  if (type !== 'application/x-www-form-urlencoded') throw newBadRequest('the body must be application/x-www-form-urlencoded');
  return new URLSearchParams((await visit.body()).toString('utf8'));
}

/** The query of a request's URL. */
export const queryOf = (request: IncomingMessage): URLSearchParams => {
  const url = request.url ?? '';
  const mark = url.indexOf('?');
  return new URLSearchParams(mark === -1 ? '' : url.slice(mark + 1));
};

/** Answers hold tokens and names: nobody on the way keeps them. */
const PRIVATE = {
  'cache-control': 'no-store',
  pragma: 'no-cache',
  'referrer-policy': 'no-referrer',
  'x-content-type-options': 'nosniff',
};

/** 302, kept by nobody. */
export function redirect(response: ServerResponse, location: string, headers: Readonly<Record<string, string>> = {}): void {
  response.writeHead(302, { ...PRIVATE, location, 'content-length': 0, ...headers }).end();
}

/** An object, kept by nobody. */
export function answerJson(
  response: ServerResponse,
  code: number,
  body: object,
  headers: Readonly<Record<string, string>> = {},
): void {
  const bytes = Buffer.from(JSON.stringify(body));
  response
    .writeHead(code, { ...PRIVATE, 'content-type': 'application/json', 'content-length': bytes.length, ...headers })
    .end(bytes);
}

/** A line of text, kept by nobody. */
export function answerText(
  response: ServerResponse,
  code: number,
  text: string,
  headers: Readonly<Record<string, string>> = {},
): void {
  const bytes = Buffer.from(`${text}\n`);
  response
    .writeHead(code, { ...PRIVATE, 'content-type': 'text/plain; charset=utf-8', 'content-length': bytes.length, ...headers })
    .end(bytes);
}

/** Where the connection comes from; '' when it is gone. */
export const addressOf = (request: IncomingMessage): string => request.socket.remoteAddress ?? '';

/** The value of a cookie. */
export function cookie(request: IncomingMessage, name: string): string | undefined {
  for (const each of (request.headers.cookie ?? '').split(';')) {
    const [key, value] = each.trim().split('=', 2);
    if (key === name) return value;
  }
  return undefined;
}

/** Of this server alone, never readable by scripts. `strict`: not even sent along with a link from elsewhere. */
export const setCookie = (name: string, value: string, seconds: number, strict: boolean): string =>
  `${name}=${value}; Path=/; Max-Age=${seconds}; HttpOnly; Secure; SameSite=${strict ? 'Strict' : 'Lax'}`;
