import { chmod, mkdir, readdir, rename, rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Rendered } from './render.ts';
import { CONFIG_FILE, FILES_DIR, RUN_DIR } from './router-settings.ts';

/** Root writes; the pod's user is in root's group and reads. Nobody else gets below the data folder. */
const READABLE = 0o640;
const LISTED = 0o750;
/** HAProxy makes its sockets here. */
const SHARED = 0o770;

/** The folder that the daemon writes and the router's pod reads. */
export class ConfigFolder {
  readonly #path: string;
  /** Names that the configuration before this one has: workers that end still may be starting with it. */
  #before: ReadonlySet<string> = new Set();

  constructor(path: string) {
    this.#path = path;
  }

  async prepare(): Promise<void> {
    for (const [name, mode] of [
      ['', LISTED],
      [FILES_DIR, LISTED],
      [RUN_DIR, SHARED],
    ] as const) {
      await mkdir(join(this.#path, name), { recursive: true });
      await chmod(join(this.#path, name), mode);
    }
  }

  /** Puts a whole configuration in place of the one that is there. A kill in between leaves one of the two. */
  async write({ config, files }: Rendered): Promise<void> {
    for (const [name, text] of files.texts) {
      const path = join(this.#path, FILES_DIR, name);
      if (!(await exists(path))) await replace(path, text);
    }
    await replace(join(this.#path, CONFIG_FILE), config);
  }

  /** Removes what neither this configuration nor the one before names. */
  async sweep({ files }: Rendered): Promise<void> {
    const now = new Set(files.texts.keys());
    for (const name of await readdir(join(this.#path, FILES_DIR)))
      if (!now.has(name) && !this.#before.has(name)) await rm(join(this.#path, FILES_DIR, name), { force: true });
    this.#before = now;
  }
}

const exists = async (path: string): Promise<boolean> =>
  stat(path).then(
    () => true,
    () => false,
  );

async function replace(path: string, text: string): Promise<void> {
  const temporary = `${path}.new`;
  await rm(temporary, { force: true });
  await writeFile(temporary, text, { mode: READABLE });
  await rename(temporary, path);
}
