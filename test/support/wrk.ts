import { spawn } from 'node:child_process';
import { once } from 'node:events';
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

/** Debian's wrk at work until it is stopped, by `await using` at the latest. */
export interface WrkLoad extends AsyncDisposable {
  stop(): Promise<WrkResult>;
}

/**
 * Asks a URL as fast as it answers, over some connections that are kept. A request fails that takes 5 s of an idle machine. What is tested meanwhile goes first where
 * both want the processor.
 */
export function startWrk(url: string, connections = 4, headers: readonly string[] = []): WrkLoad {
  const options = headers.flatMap((header) => ['-H', header]);
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
