import { readlinkSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { isAlive } from './claims.ts';
import { eventually } from './eventually.ts';

/**
 * Waits until no other test is at it on this machine, and keeps others from it until it is disposed of.
 *
 * @param what e.g. `labs`: what a lab leaves is told from what was there, and networks and rules of another one would come and go meanwhile
 */
export async function aloneWith(what: string): Promise<AsyncDisposable> {
  // A link to nothing, whose text is the process that is at it: made and read in one step.
  const claim = join(tmpdir(), `oo-test-alone-with-${what}`);
  await eventually(() => take(claim), { timeout: 600_000, what: `the end of the others who are at ${what}` });
  return { [Symbol.asyncDispose]: async () => rmSync(claim, { force: true }) };
}

function take(claim: string): boolean {
  try {
    symlinkSync(String(process.pid), claim);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
    if (!isAlive(ownerOf(claim))) rmSync(claim, { force: true });
    return false;
  }
}

/** Not there: whoever had it has just gone. */
function ownerOf(claim: string): number | undefined {
  try {
    return Number(readlinkSync(claim));
  } catch {
    return undefined;
  }
}
