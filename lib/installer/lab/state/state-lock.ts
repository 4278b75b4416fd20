import { randomUUID } from 'node:crypto';
import { link, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { hostname } from 'node:os';
import { rfc3339 } from '../../../common/clock.ts';
import { isAlive, processStart } from '../../agent/supervisor/process-identity.ts';
import { labErrors } from '../lab-errors.ts';

interface Holder {
  readonly host: string;
  readonly pid: number;
  /** Tells it from a later process of the same number; empty where that cannot be told. */
  readonly start: string;
  readonly command: string;
  readonly since: string;
}

/**
 * Held by the one oo-install that changes a lab. The file appears whole, with its holder in it, and one that a process left behind which is gone
 * is taken over. @throws OoError LAB_BUSY
 */
export async function lockState(file: string, lab: string, command: string): Promise<AsyncDisposable> {
  const start = processStart(process.pid) ?? '';
  const us: Holder = { host: hostname(), pid: process.pid, start, command, since: rfc3339(Date.now()) };
  const own = `${file}.${randomUUID()}`;
  await writeFile(own, JSON.stringify(us), { mode: 0o600, flag: 'wx' });
  try {
    while (!(await isMade(link(own, file)))) {
      const text = await readFile(file, 'utf8').catch(() => undefined);
      if (text === undefined) continue;
      const holder = parseHolder(text);
      if (holder === undefined || mayRun(holder)) {
        throw labErrors.LAB_BUSY(lab, holder?.command ?? 'unknown', holder?.since ?? 'unknown', file);
      }
      await takeAway(file, text);
    }
  } finally {
    await rm(own, { force: true });
  }
  return { [Symbol.asyncDispose]: () => rm(file, { force: true }) };
}

/** Removes a lock that nobody holds any more; when another process was faster, what it has put there is put back. */
async function takeAway(file: string, text: string): Promise<void> {
  const aside = `${file}.${randomUUID()}`;
  await rename(file, aside).catch(() => undefined);
  const found = await readFile(aside, 'utf8').catch(() => text);
  if (found !== text) await isMade(link(aside, file));
  await rm(aside, { force: true });
}

async function isMade(made: Promise<void>): Promise<boolean> {
  try {
    await made;
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false;
    throw error;
  }
}

function parseHolder(text: string): Holder | undefined {
  try {
    const { host, pid, start, command, since } = JSON.parse(text) as Partial<Record<keyof Holder, unknown>>;
    if (typeof pid !== 'number') return undefined;
    return { host: String(host), pid, start: String(start), command: String(command), since: String(since) };
  } catch {
    return undefined;
  }
}

/** Of another machine (a home folder may be shared) nothing is known: it is believed to run. */
function mayRun({ host, pid, start }: Holder): boolean {
  if (host !== hostname()) return true;
  if (start !== '') return isAlive(pid, start);
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}
