import { createHash, timingSafeEqual } from 'node:crypto';
import type { MessagePort } from 'node:worker_threads';
import { compareSync } from 'bcryptjs';

export interface PasswordQuestion {
  readonly id: number;
  readonly password: string;
  readonly hash: string;
}

export interface PasswordAnswer {
  readonly id: number;
  readonly right: boolean;
}

/** The thread's side: one hash takes a tenth of a second of a processor, which the API's own thread must not spend. */
export function runPasswordThread(port: MessagePort): void {
  port.on('message', ({ id, password, hash }: PasswordQuestion) =>
    port.postMessage({ id, right: isRight(password, hash) } satisfies PasswordAnswer),
  );
}

function isRight(password: string, hash: string): boolean {
  if (!hash.startsWith('{SHA}')) return compareSync(password, hash);
  const [expected, found] = [Buffer.from(hash.slice('{SHA}'.length), 'base64'), createHash('sha1').update(password).digest()];
  return expected.length === found.length && timingSafeEqual(expected, found);
}
