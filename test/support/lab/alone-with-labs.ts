import { readlinkSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { eventually } from '../eventually.ts';
import { isAlive } from '../claims.ts';

/** A link to nothing, whose text is the process that has the labs: made and read in one step. */
const claim = join(tmpdir(), 'oo-test-local-labs');

/**
 * Waits until no other test makes labs on this machine, and keeps others from it until it is disposed of: what a lab leaves is told from what was there,
 * and networks and rules of another one would come and go meanwhile.
 */
export async function aloneWithLabs(): Promise<AsyncDisposable> {
  await eventually(take, { timeout: 600_000, what: 'the end of the other labs' });
  return { [Symbol.asyncDispose]: async () => rmSync(claim, { force: true }) };
}

function take(): boolean {
  try {
    symlinkSync(String(process.pid), claim);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
    if (!isAlive(ownerOf())) rmSync(claim, { force: true });
    return false;
  }
}

/** Not there: whoever had it has just gone. */
function ownerOf(): number | undefined {
  try {
    return Number(readlinkSync(claim));
  } catch {
    return undefined;
  }
}
