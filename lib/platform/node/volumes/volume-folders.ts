import { execFile } from 'node:child_process';
import { chmod, lstat, mkdir, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { isLocalVolumeName } from '../../api/storage/local-volumes.ts';
import { mountsBelow } from '../kubelet/volumes/mounts.ts';

const run = promisify(execFile);

/**
 * The folders of a node's own persistent volumes, side by side below one that is root's alone. Names come from claims' uids and are
 * checked here; nothing else of what the API says becomes part of a path.
 */
export class VolumeFolders {
  readonly root: string;

  constructor(root: string) {
    this.root = root;
  }

  /** @throws TypeError for a name that this provisioner never gives */
  path(name: string): string {
    if (!isLocalVolumeName(name)) throw new TypeError(`${JSON.stringify(name)} is not the name of a local volume`);
    return join(this.root, name);
  }

  /** Makes the folder where it is not there yet; any user of a pod may write into it, and nobody else gets near. */
  async ensure(name: string): Promise<string> {
    const path = this.path(name);
    await mkdir(this.root, { recursive: true, mode: 0o700 });
    try {
      await mkdir(path, { mode: 0o700 });
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
      // What its pods have made of its mode and owner stays, unless a crash came before there were any.
      const info = await lstat(path);
      if (!info.isDirectory()) throw new Error(`${path} is not a folder`, { cause: error });
      if ((info.mode & 0o7777) !== 0o700) return path;
    }
    await chmod(path, 0o777);
    return path;
  }

  /**
   * Removes the folder and all that is in it. rm(1) follows no link, whoever changes the tree meanwhile, and enters no other file
   * system. Safe to call again after it was cut off.
   * @throws when something cannot be removed, or is mounted there
   */
  async remove(name: string, signal: AbortSignal): Promise<void> {
    const path = this.path(name);
    const [mounted] = await mountsBelow(path);
    if (mounted !== undefined) throw new Error(`${mounted} is still mounted`);
    try {
      await run('rm', ['-rf', '--one-file-system', '--', path], { signal, env: { PATH: '/usr/bin:/bin', LC_ALL: 'C' } });
    } catch (cause) {
      if (signal.aborted) throw cause;
      const { stderr } = cause as { stderr?: string };
      throw new Error(stderr?.trim().split('\n', 1)[0] || (cause as Error).message, { cause });
    }
  }

  /** Names of the volumes that have a folder here. */
  async list(): Promise<string[]> {
    const found = await readdir(this.root).catch(() => []);
    return found.filter(isLocalVolumeName);
  }
}
