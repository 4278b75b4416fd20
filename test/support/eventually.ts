import { setTimeout as delay } from 'node:timers/promises';
import { patient } from './patience.ts';

/** No look is further from the end of the one before, in ms. */
const MOST = 1_000;

/**
 * Calls `check` until it neither throws nor returns false, and returns what it gave; after `timeout` ms of an idle
 * machine (20000 unless told) throws what it threw last, which was after that time: a single look may take longer. The first look is at once, the next ones soon: a test waits no longer than it must. Looks that take long,
 * such as programs that are run, are no more than half of the time: what they wait for needs the processors too.
 */
export async function eventually<T>(check: () => T | Promise<T>, options: { timeout?: number; what?: string } = {}): Promise<T> {
  const limit = patient(options.timeout ?? 20_000);
  const deadline = performance.now() + limit;
  for (let wait = 1; ; wait = Math.min(50, wait * 2)) {
    let failed: unknown;
    const began = performance.now();
    try {
      const result = await check();
      if (result !== false) return result;
      failed = new Error(`${options.what ?? 'condition'} did not become true in ${limit} ms`);
    } catch (error) {
      failed = error;
    }
    if (began > deadline) throw failed;
    await delay(Math.max(wait, Math.min(MOST, performance.now() - began)));
  }
}
