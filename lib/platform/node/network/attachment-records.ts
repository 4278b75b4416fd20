import { mkdir, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { CniResult } from './cni-plugin.ts';

export interface PortMapping {
  readonly hostPort: number;
  readonly containerPort: number;
  readonly protocol: 'tcp' | 'udp' | 'sctp';
  readonly hostIP?: string;
}

/** What DEL needs to know about an ADD, also after we were killed in the middle of it. */
export interface AttachmentRecord {
  readonly containerId: string;
  readonly portMappings: readonly PortMapping[];
  /** Absent until ADD has succeeded. */
  readonly result?: CniResult;
}

/** One small file per attached sandbox. Ids are Docker's hexadecimal ones, so they are safe file names. */
export class AttachmentRecords {
  readonly #dir: string;

  constructor(dir: string) {
    this.#dir = dir;
  }

  #path(containerId: string): string {
    if (!/^[a-zA-Z0-9][a-zA-Z0-9_.-]*$/.test(containerId)) throw new TypeError(`bad container id ${JSON.stringify(containerId)}`);
    return join(this.#dir, `${containerId}.json`);
  }

  async write(record: AttachmentRecord): Promise<void> {
    await mkdir(this.#dir, { recursive: true, mode: 0o700 });
    const path = this.#path(record.containerId);
    await writeFile(`${path}.tmp`, JSON.stringify(record), { mode: 0o600 });
    await rename(`${path}.tmp`, path);
  }

  async read(containerId: string): Promise<AttachmentRecord | undefined> {
    try {
      return JSON.parse(await readFile(this.#path(containerId), 'utf8')) as AttachmentRecord;
    } catch (error) {
      // A half-written file was never renamed; one that a disk has garbled tells us nothing, and DEL copes without.
      if ((error as NodeJS.ErrnoException).code === 'ENOENT' || error instanceof SyntaxError) return undefined;
      throw error;
    }
  }

  async remove(containerId: string): Promise<void> {
    await rm(this.#path(containerId), { force: true });
  }

  /** Ids of all recorded sandboxes. */
  async list(): Promise<string[]> {
    try {
      return (await readdir(this.#dir)).filter((name) => name.endsWith('.json')).map((name) => name.slice(0, -'.json'.length));
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'ENOENT') return [];
      throw error;
    }
  }
}
