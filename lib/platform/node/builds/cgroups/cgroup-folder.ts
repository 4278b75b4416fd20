import { mkdir, readdir, readFile, rmdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type CgroupMount, cgroupMounts } from '../../../runtime/cgroup-mounts.ts';

/** The hierarchies as this process sees them, which is as the engine does: both are the machine's. */
export const mountedCgroups = async (): Promise<CgroupMount[]> => cgroupMounts(await readFile('/proc/self/mountinfo', 'utf8'));

/**
 * Makes a cgroup directly below the root, with at most so many processes in it and below it. For engines with the driver `cgroupfs`.
 * Rejects where the controller is not there or may not be written to; what was made until then is for `removeFolder`.
 */
export async function makeFolder(name: string, pids: number, version: 1 | 2, mounts: readonly CgroupMount[]): Promise<void> {
  const mount = mounts.find(({ unified, options }) => (version === 2 ? unified : !unified && options.includes('pids')));
  if (mount === undefined) throw new Error('no hierarchy with the controller pids is mounted');
  if (mount.unified) await enablePids(mount.point);
  const folder = join(mount.point, name);
  await mkdir(folder);
  await writeFile(join(folder, 'pids.max'), String(pids));
}

async function enablePids(root: string): Promise<void> {
  const file = join(root, 'cgroup.subtree_control');
  if (!(await readFile(file, 'utf8')).split(/\s+/).includes('pids')) await writeFile(file, '+pids');
}

/**
 * Takes a cgroup and what is below it away, from every hierarchy: of v1 the engine has made it in the others too. One that is not there is no error;
 * rejects with EBUSY as long as there are processes in it.
 */
export async function removeFolder(name: string, mounts: readonly CgroupMount[]): Promise<void> {
  for (const { point } of mounts) await removeTree(join(point, name));
}

async function removeTree(folder: string): Promise<void> {
  try {
    const entries = await readdir(folder, { withFileTypes: true });
    for (const entry of entries) if (entry.isDirectory()) await removeTree(join(folder, entry.name));
    await rmdir(folder);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
  }
}
