import { join } from 'node:path';
import { describe, test } from 'node:test';
import { packageRoot } from '../../../lib/common/assets.ts';
import { eventually } from '../eventually.ts';
import { TIDY } from './batched-file.ts';
import { leftovers, processState } from './process-state.ts';

/**
 * Runs test files (paths in the repository) one after the other in this process, each as a suite of its own with its own hooks: loaded when the one before it
 * has ended, and judged by what it leaves. What one file has loaded and compiled, the next ones have. A file that cannot be loaded fails alone.
 */
export async function runBatch(files: readonly string[]): Promise<void> {
  // A test that waits for what never comes runs into its limit, also where nothing else is open.
  const alive = setInterval(() => {}, 1_000);
  let untidy = false;
  for (const file of files) {
    const before = processState();
    describe(file, async () => {
      await import(join(packageRoot(), file));
    });
    let tidy = false;
    // Runs when the suite with its hooks is over, however that went.
    await test(`${file} ${TIDY}`, { timeout: 30_000 }, async () => {
      await eventually(
        () => {
          const left = leftovers(before, processState());
          if (left.length > 0) throw new Error(left.join('; '));
        },
        { timeout: 1_500 },
      );
      tidy = true;
    });
    untidy ||= !tidy;
  }
  clearInterval(alive);
  // What was left behind would keep the process alive. What its tests told is on its way.
  if (untidy) setTimeout(() => process.exit(1), 1_000);
}
