import { chmod, lchown, lstat, opendir } from 'node:fs/promises';
import { join } from 'node:path';

const READ_WRITE = 0o660;
const READ_ONLY = 0o440;
const EXECUTE = 0o110;
const SET_GID = 0o2000;

/**
 * Gives a volume to a group, and lets it in (kubelet: volume_linux.go SetVolumeOwnership). Symlinks change owner, never
 * what they point at. `onlyRoot`: nothing to do when the top folder is right already (fsGroupChangePolicy OnRootMismatch).
 */
export async function giveToGroup(path: string, gid: number, options: { readOnly: boolean; onlyRoot?: boolean }): Promise<void> {
  const info = await lstat(path);
  const wanted = modeFor(info.mode, info.isDirectory(), options.readOnly);
  if (options.onlyRoot === true && info.gid === gid && (info.mode & 0o7777) === wanted) return;
  if (info.isDirectory())
    for await (const entry of await opendir(path)) await giveToGroup(join(path, entry.name), gid, { readOnly: options.readOnly });
  await lchown(path, info.uid, gid);
  if (!info.isSymbolicLink()) await chmod(path, wanted);
}

function modeFor(mode: number, directory: boolean, readOnly: boolean): number {
  const mask = readOnly ? READ_ONLY : READ_WRITE;
  return (mode & 0o7777) | mask | (directory ? EXECUTE | SET_GID : 0);
}
