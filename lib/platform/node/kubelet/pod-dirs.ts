import { mkdir, readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { ensureTmpfs } from './volumes/mounts.ts';

/** Volume types whose files must never reach a disk. */
const IN_MEMORY = new Set(['secret', 'projected', 'downward-api']);

/** The kind of volumes behind claims; their `ready` file holds the name of the persistent volume. */
export const PERSISTENT_VOLUME = 'persistent-volume';

/** Where a node keeps what belongs to its pods. Everything is root's alone; containers get in through bind mounts. */
export class PodDirs {
  readonly #pods: string;
  readonly #memory: string;

  constructor(dataDir: string) {
    this.#pods = join(dataDir, 'pods');
    this.#memory = join(dataDir, 'tmpfs');
  }

  /** One tmpfs holds the secrets of all pods: mounting one for each volume of each pod would cost more than their content. */
  async prepare(): Promise<void> {
    await mkdir(this.#pods, { recursive: true, mode: 0o700 });
    await ensureTmpfs(this.#memory, { mode: '0700' });
  }

  pod(uid: string): string {
    return join(this.#pods, safe(uid));
  }

  volume(uid: string, kind: string, name: string): string {
    const base = IN_MEMORY.has(kind) ? join(this.#memory, safe(uid)) : join(this.#pods, safe(uid), 'volumes');
    return join(base, `kubernetes.io~${kind}`, safe(name));
  }

  /** A file that is there when a volume has been set up for the first time. */
  volumeReady(uid: string, kind: string, name: string): string {
    return join(this.pod(uid), 'plugins', `kubernetes.io~${kind}`, safe(name), 'ready');
  }

  subPath(uid: string, volume: string, container: string, index: number): string {
    return join(this.pod(uid), 'volume-subpaths', safe(volume), safe(container), String(index));
  }

  terminationLogs(uid: string, container: string): string {
    return join(this.pod(uid), 'containers', safe(container));
  }

  hosts(uid: string): string {
    return join(this.pod(uid), 'etc-hosts');
  }

  resolvConf(uid: string): string {
    return join(this.pod(uid), 'resolv.conf');
  }

  /** Everything that must go with the pod. */
  all(uid: string): string[] {
    return [this.pod(uid), join(this.#memory, safe(uid))];
  }

  /** Whether a pod that is not gone altogether has this persistent volume; the API may have forgotten the pod already. */
  async uses(volume: string): Promise<boolean> {
    const none = (): string[] => [];
    for (const uid of await readdir(this.#pods).catch(none)) {
      const dir = join(this.#pods, uid, 'plugins', `kubernetes.io~${PERSISTENT_VOLUME}`);
      for (const name of await readdir(dir).catch(none))
        if ((await readFile(join(dir, name, 'ready'), 'utf8').catch(() => '')) === volume) return true;
    }
    return false;
  }

  /** uids of pods that have left something here. */
  async list(): Promise<string[]> {
    const found = await Promise.all([this.#pods, this.#memory].map((dir) => readdir(dir).catch(() => [] as string[])));
    return [...new Set(found.flat())];
  }
}

/** Names come from validated objects; a path that is built from one is checked all the same. */
function safe(name: string): string {
  if (name === '' || name === '.' || name === '..' || name.includes('/') || name.includes('\0'))
    throw new TypeError(`${JSON.stringify(name)} cannot be part of a path`);
  return name;
}
