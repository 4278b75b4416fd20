import type { ServerResponse } from 'node:http';
import { promisify } from 'node:util';
import { gzip } from 'node:zlib';
import { newTooManyRequests } from '../../api/status-error.ts';
import { errorAnswer } from './error-answer.ts';
import type { UnsentAnswers } from './unsent-answers.ts';

/** An answer that is complete: status, media type and bytes. */
export interface Answer {
  readonly code: number;
  readonly contentType: string;
  readonly body: Buffer;
  readonly headers?: Readonly<Record<string, string>>;
}

const TOO_MUCH_WAITS = errorAnswer(
  newTooManyRequests('too many large answers wait for their readers, please try again later', 1),
);

/** Smaller ones are sent as they are, as by the real server. */
const GZIP_FROM = 128 << 10;
const compress = promisify(gzip);

/** Begins to send the answer; a large one goes on as fast as its client reads. Without room for it, its client is told to come back. */
export async function send(
  response: ServerResponse,
  answer: Answer,
  acceptEncoding: string | undefined,
  unsent: UnsentAnswers,
): Promise<void> {
  let { body } = answer;
  const headers: Record<string, string | number> = { 'content-type': answer.contentType, ...answer.headers };
  if (body.length >= GZIP_FROM && /\bgzip\b/.test(acceptEncoding ?? '')) {
    body = await compress(body, { level: 1 });
    headers['content-encoding'] = 'gzip';
    headers['vary'] = 'Accept-Encoding, Accept';
  }
  if (response.destroyed || response.headersSent) return;
  if (!unsent.hold(response, body.length)) return send(response, TOO_MUCH_WAITS, undefined, unsent);
  headers['content-length'] = body.length;
  response.writeHead(answer.code, headers);
  unsent.end(response, body);
}
