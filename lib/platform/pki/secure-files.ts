import { randomBytes } from 'node:crypto';
import { chmod, link, mkdir, readdir, readFile, rm, stat } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { replaceFile as replaceWholeFile, syncFolder, writeNewFile } from '../../common/whole-file.ts';

/** Makes a folder only its owner may enter. */
export async function ensurePrivateDir(dir: string): Promise<void> {
  await mkdir(dir, { recursive: true, mode: 0o700 });
  if (((await stat(dir)).mode & 0o077) !== 0) await chmod(dir, 0o700);
}

/** Puts `content` at `path` in one step: a reader, also one after a crash, sees the old file or the new one. Mode 0600. */
export const replaceFile = (path: string, content: string): Promise<void> =>
  replaceWholeFile(path, content, { mode: 0o600, temporary: temporaryFor(path) });

/** Like replaceFile, but false and nothing done when the file exists: of several who try at once, one wins. */
export async function createFile(path: string, content: string): Promise<boolean> {
  const temporary = temporaryFor(path);
  await writeNewFile(temporary, content, { mode: 0o600 });
  try {
    // link() refuses an existing name, which rename() would overwrite.
    await link(temporary, path);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
    return false;
  } finally {
    await rm(temporary, { force: true });
  }
  await syncFolder(dirname(path));
  return true;
}

/** The text of a file, or undefined when it is absent. A file others may read is closed to them. */
export async function readPrivateFile(path: string): Promise<string | undefined> {
  try {
    if (((await stat(path)).mode & 0o077) !== 0) await chmod(path, 0o600);
    return await readFile(path, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
}

/** Removes what a killed run left half-written: temporaries older than a minute, so that none in use is taken. */
export async function sweepTemporaries(dir: string, now: number = Date.now()): Promise<void> {
  for (const name of await readdir(dir)) {
    if (!temporaryName.test(name)) continue;
    const path = join(dir, name);
    const age =
      now -
      (await stat(path).then(
        (found) => found.mtimeMs,
        () => now,
      ));
    if (age > 60_000) await rm(path, { force: true });
  }
}

const temporaryName = /^\..+\.[0-9a-f]{16}\.tmp$/;

const temporaryFor = (path: string): string => join(dirname(path), `.${basename(path)}.${randomBytes(8).toString('hex')}.tmp`);
