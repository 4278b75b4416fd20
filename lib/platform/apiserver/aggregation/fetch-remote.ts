import type { IncomingMessage } from 'node:http';
import type { UserInfo } from '../../api/verbs.ts';
import type { ObjectCache } from '../store/object-cache.ts';
import { openRemote } from './remote-connector.ts';
import type { RemoteGroup } from './remote-group.ts';
import { userHeaders } from './user-headers.ts';

/** Who reads what other servers tell of themselves. */
const AGGREGATOR: UserInfo = { name: 'system:kube-aggregator', groups: ['system:masters'] };

export interface FetchOptions {
  readonly method?: string;
  readonly accept?: string;
  readonly user?: UserInfo;
  /** JSON text and its type. */
  readonly body?: { readonly text: string; readonly contentType: string };
  /** Of the whole answer, in ms. */
  readonly timeout: number;
  /** Bytes. */
  readonly limit: number;
}

/** What a server has answered: any code, the body whole. */
export interface Fetched {
  readonly code: number;
  readonly contentType: string;
  readonly body: Buffer;
}

/** Asks the server of a group version on our own behalf. Rejects with an Error when there is no whole answer in time, or too much of it. */
export function fetchRemote(cache: ObjectCache, remote: RemoteGroup, path: string, options: FetchOptions): Promise<Fetched> {
  const signal = AbortSignal.timeout(options.timeout);
  const headers = {
    ...userHeaders(options.user ?? AGGREGATOR),
    accept: options.accept ?? 'application/json',
    ...(options.body === undefined
      ? {}
      : { 'content-type': options.body.contentType, 'content-length': Buffer.byteLength(options.body.text) }),
  };
  return new Promise((resolve, reject) => {
    const failed = (error: Error): void =>
      reject(signal.aborted ? new Error('context deadline exceeded', { cause: error }) : error);
    let answered = false;
    const outgoing = openRemote(cache, remote, { method: options.method ?? 'GET', path, headers, signal });
    outgoing.on('error', failed);
    // Nobody has asked for another protocol.
    outgoing.once('upgrade', (_answer, socket) => void socket.destroy());
    // Some ends come without an error.
    outgoing.once('close', () => answered || failed(new Error('socket hang up')));
    outgoing.once('response', (response) => {
      answered = true;
      readBody(response, options.limit)
        .then((body) => resolve({ code: response.statusCode ?? 0, contentType: response.headers['content-type'] ?? '', body }))
        .catch((error: Error) => {
          outgoing.destroy();
          failed(error);
        });
    });
    outgoing.end(options.body?.text);
  });
}

async function readBody(response: IncomingMessage, limit: number): Promise<Buffer> {
  const parts: Buffer[] = [];
  let size = 0;
  for await (const part of response as AsyncIterable<Buffer>) {
    size += part.length;
    if (size > limit) throw new Error(`the answer is larger than ${limit} bytes`);
    parts.push(part);
  }
  return Buffer.concat(parts);
}

/** The body as JSON. Throws an Error that shows nothing of it. */
export function jsonOf({ code, body }: Fetched): unknown {
  if (code !== 200) throw new Error(`bad status: ${code}`);
  try {
    return JSON.parse(body.toString('utf8'));
  } catch (cause) {
    throw new Error('the answer is no JSON', { cause });
  }
}
