import type { Readable } from 'node:stream';
import { createInterface } from 'node:readline';
import { runtimeError } from './docker-call.ts';
import { RuntimeError } from './runtime-error.ts';

/** One line of what the engine says while it pulls, builds or pushes. */
export interface ProgressLine {
  readonly stream?: string;
  readonly status?: string;
  readonly id?: string;
  readonly progressDetail?: { readonly current?: number; readonly total?: number };
  readonly aux?: { readonly ID?: string; readonly Tag?: string; readonly Digest?: string; readonly Size?: number };
  readonly error?: string;
  readonly errorDetail?: { readonly message?: string };
}

/**
 * Reads it to its end. The engine answers 200 and tells of failures in the stream: rejects with them. Destroys the stream, which has the
 * engine give up what it still does.
 */
export async function readProgress(stream: Readable, onLine: (line: ProgressLine) => void = () => undefined): Promise<void> {
  try {
    for await (const text of createInterface({ input: stream, crlfDelay: Infinity })) {
      if (text.trim() === '') continue;
      const line = JSON.parse(text) as ProgressLine;
      const error = line.errorDetail?.message ?? line.error;
      if (error !== undefined) throw new RuntimeError('failed', `Error response from daemon: ${error}`);
      onLine(line);
    }
  } catch (error) {
    throw runtimeError(error);
  } finally {
    stream.destroy();
  }
}

/** Ends the stream with the signal. Returns what takes the listener away. */
export function destroyOnAbort(stream: Readable, signal: AbortSignal, what: string): () => void {
  const abort = (): void => void stream.destroy(new RuntimeError('failed', `${what} was cancelled`));
  if (signal.aborted) abort();
  signal.addEventListener('abort', abort, { once: true });
  return () => signal.removeEventListener('abort', abort);
}
