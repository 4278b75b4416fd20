import type { Readable } from 'node:stream';
import type { BuildFailure } from '../contract.ts';

/**
 * Calls of a BuildEngine over a socket: `POST /NAME` with the arguments as one line of JSON and, after it, the bytes of what is uploaded. The answer is lines of
 * JSON, the last of which is the result or the error; for `extract` it is the tar itself.
 */
export type CallName = 'builder' | 'assemble' | 'dockerfile' | 'run' | 'extract' | 'deliver';

export interface Answer {
  readonly log?: string;
  readonly result?: unknown;
  readonly error?: { readonly reason: BuildFailure; readonly message: string };
}

/** Bytes. A Dockerfile and its arguments are well below it. */
const LONGEST_CALL = 8 << 20;

/** The first line of a stream, which is left at the byte after it. @throws when it is longer than a call may be */
export async function firstLine(stream: Readable): Promise<string> {
  const chunks: Buffer[] = [];
  let size = 0;
  for (;;) {
    const chunk = stream.read() as Buffer | null;
    if (chunk === null) {
      if (stream.readableEnded || stream.destroyed) throw new Error('the call ends in the middle of its arguments');
      await readableOrEnd(stream);
      continue;
    }
    const end = chunk.indexOf(10);
    if (end !== -1) {
      if (end + 1 < chunk.length) stream.unshift(chunk.subarray(end + 1));
      return Buffer.concat([...chunks, chunk.subarray(0, end)]).toString('utf8');
    }
    chunks.push(chunk);
    size += chunk.length;
    if (size > LONGEST_CALL) throw new Error(`the arguments are longer than ${LONGEST_CALL} bytes`);
  }
}

const readableOrEnd = (stream: Readable): Promise<void> =>
  new Promise((resolve, reject) => {
    const settle = (error?: Error): void => {
      for (const event of ['readable', 'end', 'close']) stream.off(event, done);
      stream.off('error', settle);
      if (error === undefined) resolve();
      else reject(error);
    };
    const done = (): void => settle();
    for (const event of ['readable', 'end', 'close']) stream.once(event, done);
    stream.once('error', settle);
  });
