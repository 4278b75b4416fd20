import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { patient } from './patience.ts';

/** What wrk counted. */
export interface WrkResult {
  readonly requests: number;
  /** Connections, reads, writes and timeouts that failed, and answers that were no success. */
  readonly failed: number;
  /** All that it printed. */
  readonly report: string;
}

const PAUSE = join(import.meta.dirname, 'wrk.lua');

/** Debian's wrk at work until it is stopped, by `await using` at the latest. */
export interface WrkLoad extends AsyncDisposable {
  stop(): Promise<WrkResult>;
}

export interface WrkOptions {
  /** @default 4 */
  readonly connections?: number;
  /** `Host: shop.example` */
  readonly headers?: readonly string[];
  /** As fast as it answers: where a connection that is kept and rests would be closed, which is nobody's fault. @default false */
  readonly restless?: boolean;
}

/**
 * Asks a URL, up to 10 times a second over each connection: often enough to meet every moment of a change, and seldom enough that what changes gets the processors too. A
 * request fails that takes 5 s of an idle machine. What is tested meanwhile goes first where both want the processor.
 */
export function startWrk(url: string, { connections = 4, headers = [], restless = false }: WrkOptions = {}): WrkLoad {
  const options = [...headers.flatMap((header) => ['-H', header]), ...(restless ? [] : ['-s', PAUSE])];
  const child = spawn(
    'nice',
    ['-n', '10', 'wrk', '-t1', `-c${connections}`, '-d30m', '--timeout', `${patient(5)}s`, ...options, url],
    {
      stdio: ['ignore', 'pipe', 'inherit'],
    },
  );
  const ended = Promise.all([text(child.stdout), once(child, 'close')]);
  ended.catch(() => undefined);
  const stop = async (): Promise<WrkResult> => {
    // It then prints what it has counted so far.
    child.kill('SIGINT');
    const [report] = await ended;
    const requests = Number(/^\s*(\d+) requests in /m.exec(report)?.[1] ?? Number.NaN);
    const errors = /Socket errors: connect (\d+), read (\d+), write (\d+), timeout (\d+)/.exec(report)?.slice(1) ?? [];
    const answers = /Non-2xx or 3xx responses: (\d+)/.exec(report)?.[1] ?? '0';
    return { requests, failed: [...errors, answers].reduce((sum, count) => sum + Number(count), 0), report };
  };
  return { stop, [Symbol.asyncDispose]: async () => void (await stop()) };
}
