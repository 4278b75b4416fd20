import { mkdir, readFile, rename, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';

/**
 * The images that this kubelet has pulled, by the engine's id, with when each was last used (ms). Others' images on the
 * same engine are none of our business: only what is in here may be cleaned up.
 */
export class ImageLedger {
  readonly #path: string;
  #images: Map<string, number> | undefined;

  constructor(path: string) {
    this.#path = path;
  }

  async all(): Promise<ReadonlyMap<string, number>> {
    this.#images ??= await this.#read();
    return this.#images;
  }

  async used(id: string, now: number): Promise<void> {
    await this.all();
    this.#images!.set(id, now);
    await this.#write();
  }

  /** Notes the use of those that are ours already. */
  async touch(ids: Iterable<string>, now: number): Promise<void> {
    await this.all();
    for (const id of ids) if (this.#images!.has(id)) this.#images!.set(id, now);
  }

  async forget(id: string): Promise<void> {
    await this.all();
    if (this.#images!.delete(id)) await this.#write();
  }

  async #read(): Promise<Map<string, number>> {
    try {
      return new Map(Object.entries(JSON.parse(await readFile(this.#path, 'utf8')) as Record<string, number>));
    } catch {
      // Without it nothing is ours, and nothing is removed.
      return new Map();
    }
  }

  async #write(): Promise<void> {
    await mkdir(dirname(this.#path), { recursive: true, mode: 0o700 });
    await writeFile(`${this.#path}.tmp`, JSON.stringify(Object.fromEntries(this.#images!)), { mode: 0o600 });
    await rename(`${this.#path}.tmp`, this.#path);
  }
}
