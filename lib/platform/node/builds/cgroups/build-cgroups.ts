import { randomBytes } from 'node:crypto';
import { mkdir, writeFile } from 'node:fs/promises';
import { errorText } from '../../../../common/errors.ts';
import type { Log } from '../../../../common/log.ts';
import { makeFolder, mountedCgroups } from './cgroup-folder.ts';
import { makeSlice, runProgram } from './cgroup-slice.ts';
import { cgroupFile, type CgroupPlaces, isSlice, removeBuildCgroups, removeCgroup } from './remove-build-cgroups.ts';

export interface BuildCgroupsOptions extends CgroupPlaces {
  /** What the engine says of itself. */
  readonly engine: () => Promise<{ readonly cgroupVersion: 1 | 2; readonly cgroupDriver: string }>;
  readonly log: Log;
}

/**
 * Cgroups that bound the processes of Dockerfiles' steps: the engine's builder has no limit for these, but it takes a parent. Each build has one of its own.
 * Where the machine does not let us make one, builds go on without, which the log says once.
 */
export class BuildCgroups {
  readonly #options: BuildCgroupsOptions;
  #said = false;

  constructor(options: BuildCgroupsOptions) {
    this.#options = options;
  }

  /** Lends a parent with at most `pids` processes, and takes it away, whatever happens. `use` gets undefined where there is none. */
  async within<T>(pids: number, use: (parent: string | undefined) => Promise<T>): Promise<T> {
    const name = await this.#make(pids);
    try {
      // The engine takes a folder's path from the root of the hierarchy, and a slice's name.
      return await use(name === undefined || isSlice(name) ? name : `/${name}`);
    } finally {
      if (name !== undefined) await this.#remove(name);
    }
  }

  /** Takes away what was left here by a node that was killed. No build may be running. */
  async recover(): Promise<void> {
    const { log } = this.#options;
    await removeBuildCgroups(this.#options).catch((error: unknown) =>
      log.warn({ error: errorText(error) }, 'cgroups of builds are left until the node starts again'),
    );
  }

  async #make(pids: number): Promise<string | undefined> {
    const { engine, folder, log, mounts = mountedCgroups, run = runProgram } = this.#options;
    const { cgroupDriver, cgroupVersion } = await engine();
    const name = cgroupName(cgroupDriver);
    try {
      if (name === undefined) throw new Error(`the engine has the cgroup driver ${JSON.stringify(cgroupDriver)}`);
      await mkdir(folder, { recursive: true, mode: 0o700 });
      await writeFile(cgroupFile(this.#options, name), '', { mode: 0o600 });
      await (isSlice(name) ? makeSlice(name, pids, run) : makeFolder(name, pids, cgroupVersion, await mounts()));
      return name;
    } catch (error) {
      if (!this.#said) log.warn({ error: errorText(error) }, 'processes of RUN in a Dockerfile are not bounded on this machine');
      this.#said = true;
      if (name !== undefined) await this.#remove(name);
      return undefined;
    }
  }

  async #remove(name: string): Promise<void> {
    const { log } = this.#options;
    await removeCgroup(this.#options, name).catch((error: unknown) =>
      log.warn({ cgroup: name, error: errorText(error) }, 'the cgroup of a build is left until the node starts'),
    );
  }
}

/** A name for the engine's driver. A dash in a slice's name would put it into another slice. undefined: a driver that we do not know. */
function cgroupName(driver: string): string | undefined {
  const id = randomBytes(8).toString('hex');
  if (driver === 'cgroupfs') return `openshift-build-${id}`;
  return driver === 'systemd' ? `openshift_build_${id}.slice` : undefined;
}
