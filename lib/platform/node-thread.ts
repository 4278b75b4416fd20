import type { Worker } from 'node:worker_threads';
import type { Log } from '../common/log.ts';
import { systemClock, type Clock } from '../common/clock.ts';
import { backoffDelay } from '../common/retry.ts';
import { spawnRole } from '../common/worker-entry.ts';
import type { NodeSettings } from './node/node.ts';

const RESTART = { base: 500, cap: 30_000, jitter: 0.2 };
/** A thread that ran this long (ms) had recovered: the next failure waits from the start again. */
const RECOVERED_AFTER = 60_000;
/** How long a node may take to stop by itself (ms). Containers are Docker's, so ending it sooner harms nothing. */
const STOP_GRACE = 10_000;

/** The node's thread, started again with back-off whenever it dies. */
export interface NodeThread {
  stop(): Promise<void>;
}

/** Messages between the daemon and the node's thread. */
export type NodeMessage = { readonly type: 'stop' };

/** Runs the node in a thread of its own until `stop`. */
export function startNodeThread(settings: NodeSettings, options: { log: Log; clock?: Clock }): NodeThread {
  const clock = options.clock ?? systemClock;
  const stopping = new AbortController();
  let worker: Worker | undefined;

  const supervise = async (): Promise<void> => {
    for (let failures = 0; !stopping.signal.aborted;) {
      const startedAt = clock.monotonic();
      worker = spawnRole('node', settings);
      const reason = await ended(worker);
      if (stopping.signal.aborted) return;
      failures = clock.monotonic() - startedAt > RECOVERED_AFTER ? 0 : failures + 1;
      const wait = backoffDelay(RESTART, failures);
      options.log.error({ reason, restartInMs: Math.round(wait) }, 'node thread ended');
      await clock.sleep(wait, stopping.signal).catch(() => undefined);
    }
  };
  const supervised = supervise();

  return {
    async stop() {
      stopping.abort();
      worker?.postMessage({ type: 'stop' } satisfies NodeMessage);
      const timer = setTimeout(() => void worker?.terminate(), STOP_GRACE);
      await supervised;
      clearTimeout(timer);
    },
  };
}

/** Why it has ended, when it has. Never rejects: what a thread died of is not to end the daemon, as it would from `once`, which takes an error for its own. */
function ended(worker: Worker): Promise<string> {
  return new Promise((resolve) => {
    let reason = '';
    worker.on('error', (error: Error) => {
      reason = error.stack ?? error.message;
    });
    worker.once('exit', (code) => resolve(reason || `exit ${code}`));
  });
}
