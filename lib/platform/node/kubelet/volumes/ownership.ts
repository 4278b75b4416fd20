import { constants } from 'node:fs';
import { chmod, chown, type FileHandle, lchown, open, opendir } from 'node:fs/promises';

/** open(2) by descriptor only, for what must not be read; Node has no name for it. */
const O_PATH = 0o10000000;

const READ_WRITE = 0o660;
const READ_ONLY = 0o440;
const EXECUTE = 0o110;
const SET_GID = 0o2000;

/**
 * Gives a volume to a group, and lets it in (kubelet: volume_linux.go SetVolumeOwnership). Everything is opened below the
 * folder before, following no link, and changed by descriptor: whatever is put in its place meanwhile stays as it is.
 */
export async function giveToGroup(path: string, gid: number, options: { readOnly: boolean }): Promise<void> {
  const handle = await open(path, O_PATH | constants.O_NOFOLLOW);
  try {
    const info = await handle.stat();
    if (info.isSymbolicLink()) return await lchown(path, info.uid, gid);
    if (info.isDirectory())
      for await (const entry of await opendir(byDescriptor(handle)))
        await giveToGroup(`${byDescriptor(handle)}/${entry.name}`, gid, options);
    // The mode last: a change of owner takes the set-ID bits away.
    await chown(byDescriptor(handle), info.uid, gid);
    await chmod(byDescriptor(handle), modeFor(info.mode, info.isDirectory(), options.readOnly));
  } finally {
    await handle.close();
  }
}

const byDescriptor = ({ fd }: FileHandle): string => `/proc/self/fd/${fd}`;

function modeFor(mode: number, directory: boolean, readOnly: boolean): number {
  const mask = readOnly ? READ_ONLY : READ_WRITE;
  return (mode & 0o7777) | mask | (directory ? EXECUTE | SET_GID : 0);
}
