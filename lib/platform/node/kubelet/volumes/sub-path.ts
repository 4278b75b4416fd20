import { constants } from 'node:fs';
import { type FileHandle, mkdir, open, realpath, stat, writeFile } from 'node:fs/promises';
import { dirname, join, relative, sep } from 'node:path';
import { bindDescriptor, isMountPoint, unmount } from './mounts.ts';

/** open(2) by descriptor only, for what must not be read; Node has no name for it. */
const O_PATH = 0o10000000;

/**
 * Binds a path inside a volume to `target`. A container may change the volume at any moment, so links are looked up once
 * and then every part of the result is opened below the part before, following none: what is bound is what was checked
 * (kubelet: volume/util/subpath). Throws when the path leads out of the volume.
 */
export async function bindSubPath(volume: string, subPath: string, target: string): Promise<void> {
  const root = await realpath(volume);
  const resolved = await realpath(join(root, subPath)).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return undefined;
    throw error;
  });
  const path = resolved ?? (await makeFolders(root, subPath));
  if (!isInside(root, path)) throw outside(subPath);
  const handle = await openInside(root, relative(root, path));
  try {
    const isDirectory = (await stat(`/proc/self/fd/${handle.fd}`)).isDirectory();
    await prepareTarget(target, isDirectory);
    await bindDescriptor(handle.fd, target);
  } finally {
    await handle.close();
  }
}

const isInside = (root: string, path: string): boolean => path === root || path.startsWith(root + sep);
const outside = (subPath: string): Error => new Error(`subpath ${JSON.stringify(subPath)} not within volume path`);

/** Makes what is missing, with the volume's own mode, below the deepest folder that exists; each made inside the one before. */
async function makeFolders(root: string, subPath: string): Promise<string> {
  let existing = join(root, subPath);
  const missing: string[] = [];
  let base: string | undefined;
  while (base === undefined) {
    base = await realpath(existing).catch(() => undefined);
    if (base === undefined) {
      missing.unshift(existing.slice(dirname(existing).length + 1));
      existing = dirname(existing);
    }
  }
  if (!isInside(root, base)) throw outside(subPath);
  const { mode } = await stat(root);
  let handle = await openInside(root, relative(root, base));
  try {
    for (const name of missing) {
      const below = `/proc/self/fd/${handle.fd}/${name}`;
      await mkdir(below, { mode: mode & 0o777 }).catch((error: NodeJS.ErrnoException) => {
        if (error.code !== 'EEXIST') throw error;
      });
      const next = await open(below, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_DIRECTORY);
      await handle.close();
      handle = next;
      await handle.chmod(mode & 0o7777);
    }
  } finally {
    await handle.close();
  }
  return join(base, ...missing);
}

/** Opens `path` part by part. The last part may be anything but a link. */
async function openInside(root: string, path: string): Promise<FileHandle> {
  let handle = await open(root, constants.O_RDONLY | constants.O_DIRECTORY);
  const parts = path === '' ? [] : path.split(sep);
  for (const [index, part] of parts.entries()) {
    const last = index === parts.length - 1;
    try {
      const flags = last ? O_PATH | constants.O_NOFOLLOW : constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_DIRECTORY;
      const next = await open(`/proc/self/fd/${handle.fd}/${part}`, flags);
      if (last && (await next.stat()).isSymbolicLink()) {
        await next.close();
        throw new Error(`subpath ${JSON.stringify(path)} changed while it was mounted`);
      }
      await handle.close();
      handle = next;
    } catch (error) {
      await handle.close().catch(() => undefined);
      throw error;
    }
  }
  return handle;
}

async function prepareTarget(target: string, directory: boolean): Promise<void> {
  await mkdir(directory ? target : dirname(target), { recursive: true, mode: 0o750 });
  if (await isMountPoint(target)) await unmount(target);
  if (!directory) await writeFile(target, '', { flag: 'a', mode: 0o640 });
}
