import { chmod, lchown, lstat, mkdir, readFile, readlink, rename, rm, symlink } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { replaceFile } from '../../common/whole-file.ts';
import { hashOf } from '../artifacts/cache.ts';
import type { PathState } from './journal/journal-entry.ts';

/** What stands at a path. A file's content is put into `backupDir` under its hash, when one is given. */
export async function readPathState(path: string, backupDir?: string): Promise<PathState> {
  const stat = await lstat(path).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT' || error.code === 'ENOTDIR') return undefined;
    throw error;
  });
  if (stat === undefined) return { kind: 'absent' };
  if (stat.isSymbolicLink()) return { kind: 'link', target: await readlink(path) };
  if (stat.isDirectory()) return { kind: 'directory', mode: stat.mode & 0o7777 };
  const content = await readFile(path);
  const sha256 = hashOf(content);
  if (backupDir !== undefined) await writeAtomically(join(backupDir, sha256), content, 0o600);
  return { kind: 'file', sha256, mode: stat.mode & 0o7777, uid: stat.uid, gid: stat.gid, backup: backupDir !== undefined };
}

/** Beside it, with one name for each path: what a killed process left there is found by the next one, and by undoing. */
export const temporaryFor = (path: string): string => join(dirname(path), `.${basename(path)}.oo-install`);

/** Puts a file in place whole: a reader, a crash or a power cut meets the old one or the new one, never a part. */
export async function writeAtomically(
  path: string,
  content: string | Buffer,
  mode: number,
  owner?: { uid: number; gid: number },
): Promise<void> {
  const temporary = temporaryFor(path);
  // What a process that was killed left.
  await rm(temporary, { force: true });
  await replaceFile(path, content, { mode, owner, temporary });
}

/** Makes a path what it was. */
export async function restorePathState(path: string, state: PathState, backupDir: string): Promise<void> {
  if (state.kind === 'absent') await rm(path, { force: true });
  else if (state.kind === 'file')
    await writeAtomically(path, await readFile(join(backupDir, state.sha256)), state.mode, { uid: state.uid, gid: state.gid });
  else if (state.kind === 'link') await replaceLink(path, state.target);
  else {
    await mkdir(path, { recursive: true });
    await chmod(path, state.mode);
  }
}

/** Points a symbolic link somewhere, atomically. */
export async function replaceLink(path: string, target: string): Promise<void> {
  const temporary = temporaryFor(path);
  await rm(temporary, { force: true });
  await symlink(target, temporary);
  await lchown(temporary, 0, 0).catch(() => undefined);
  await rename(temporary, path);
}
