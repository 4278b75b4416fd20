import { appendFileSync, existsSync, mkdirSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import type { ImageTraces } from '../../builds/engine/docker-engine.ts';

/**
 * The images and names that a build has made on this machine, in a file from the moment they are known: a node that is killed finds them when it is back.
 * Written synchronously: a line is short, and what is not in the file would be left for ever.
 */
export class BuildJournal implements ImageTraces {
  readonly #file: string;
  readonly #ids: Set<string>;

  constructor(folder: string, uid: string) {
    mkdirSync(folder, { recursive: true, mode: 0o700 });
    this.#file = join(folder, `${uid}.images`);
    this.#ids = new Set(existsSync(this.#file) ? readFileSync(this.#file, 'utf8').split('\n').filter(Boolean) : []);
  }

  note(id: string): Promise<void> {
    if (!this.#ids.has(id)) appendFileSync(this.#file, `${id}\n`, { mode: 0o600 });
    this.#ids.add(id);
    return Promise.resolve();
  }

  has(id: string): boolean {
    return this.#ids.has(id);
  }

  /** The newest first: what others are made of cannot go before them. */
  all(): string[] {
    return [...this.#ids].reverse();
  }

  close(): void {
    this.#ids.clear();
    rmSync(this.#file, { force: true });
  }

  /** uids of builds that have one. */
  static list(folder: string): string[] {
    if (!existsSync(folder)) return [];
    return readdirSync(folder).flatMap((name) => (name.endsWith('.images') ? [name.slice(0, -'.images'.length)] : []));
  }
}
