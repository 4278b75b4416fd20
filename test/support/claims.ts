import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

// What only one test process of this machine may have at a time is a folder whose owner's process id is in it.

/** Makes the folder this process's own; false where it is somebody's. */
export function claim(folder: string): boolean {
  try {
    mkdirSync(folder);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false;
    throw error;
  }
  writeFileSync(join(folder, 'owner'), String(process.pid));
  return true;
}

/**
 * Makes the folder of an owner that has died this process's own, with all that is in it; false where its owner lives. Of several that come
 * at once, one has it: each owner's heir is written once, and an heir that died has one in its turn.
 */
export function inherit(folder: string): boolean {
  for (let owner = processIn(join(folder, 'owner')); !isAlive(owner);) {
    const heir = join(folder, `heir-of-${owner}`);
    try {
      writeFileSync(heir, String(process.pid), { flag: 'wx' });
      return true;
    } catch (error) {
      // It is being taken away.
      if ((error as NodeJS.ErrnoException).code === 'ENOENT') return false;
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
    }
    owner = processIn(heir);
  }
  return false;
}

/**
 * Claims the first number below `count` that nobody has, as a folder in `base`. `reap` clears away what an owner left that died without
 * clearing up.
 */
export async function claimNumber(base: string, count: number, reap: (folder: string) => Promise<void>): Promise<number> {
  mkdirSync(base, { recursive: true });
  for (let number = 0; number < count; number++) {
    const folder = join(base, String(number));
    if (claim(folder)) return number;
    if (!inherit(folder)) continue;
    await reap(folder);
    rmSync(folder, { recursive: true, force: true });
    if (claim(folder)) return number;
  }
  throw new Error(`all ${count} numbers below ${base} are taken`);
}

/** A folder whose process has not yet written its id counts as one whose process lives: it is about to. */
export function isAlive(pid: number | undefined): boolean {
  if (pid === undefined) return true;
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}

function processIn(file: string): number | undefined {
  try {
    return Number(readFileSync(file, 'utf8'));
  } catch {
    return undefined;
  }
}
