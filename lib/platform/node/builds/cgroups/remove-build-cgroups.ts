import { readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { Clock } from '../../../../common/clock.ts';
import type { CgroupMount } from '../../../runtime/cgroup-mounts.ts';
import { mountedCgroups, removeFolder } from './cgroup-folder.ts';
import { removeSlice, runProgram, type RunProgram } from './cgroup-slice.ts';

export interface CgroupPlaces {
  /** Has a file with the name of each that is there: a node that is killed finds them when it is back. */
  readonly folder: string;
  readonly clock: Clock;
  /** @default the machine's */
  readonly mounts?: () => Promise<readonly CgroupMount[]>;
  /** @default real */
  readonly run?: RunProgram;
}

/** Of the file that has the name of one. */
const SUFFIX = '.cgroup';
/** The engine ends the container of a cancelled step after it has let go of the build. */
const BUSY_MS = 10_000;
const AGAIN_MS = 100;

export const cgroupFile = ({ folder }: CgroupPlaces, name: string): string => join(folder, name + SUFFIX);

export const isSlice = (name: string): boolean => name.endsWith('.slice');

/** Takes a build's cgroup away, with a little patience for its last processes. Rejects when it cannot; its file is there then. */
export async function removeCgroup(places: CgroupPlaces, name: string): Promise<void> {
  const { clock, mounts = mountedCgroups, run = runProgram } = places;
  const until = clock.monotonic() + BUSY_MS;
  for (;;) {
    try {
      if (isSlice(name)) await removeSlice(name, run);
      // Of a slice too: runc has made it in hierarchies of v1 that systemd has nothing to do with.
      await removeFolder(name, await mounts());
      return await rm(cgroupFile(places, name), { force: true });
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EBUSY' || clock.monotonic() >= until) throw error;
      await clock.sleep(AGAIN_MS);
    }
  }
}

/** Takes away all that a node has left. No build may be running. Rejects with the first error, after all have been tried. */
export async function removeBuildCgroups(places: CgroupPlaces): Promise<void> {
  const files = await readdir(places.folder).catch(() => []);
  const names = files.flatMap((file) => (file.endsWith(SUFFIX) ? [file.slice(0, -SUFFIX.length)] : []));
  const failed = (await Promise.allSettled(names.map((name) => removeCgroup(places, name)))).find(
    (result) => result.status === 'rejected',
  );
  if (failed !== undefined) throw failed.reason;
}
