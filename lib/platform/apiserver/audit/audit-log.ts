import { appendFile, mkdir, readdir, rename, rm, stat } from 'node:fs/promises';
import { basename, dirname, extname, join } from 'node:path';
import { errorText } from '../../../common/errors.ts';
import type { Log } from '../../../common/log.ts';

export interface AuditLogOptions {
  readonly path: string;
  /** A file that has grown to so many bytes is put aside. */
  readonly maxBytes: number;
  /** Files put aside that are kept; the oldest go first. */
  readonly maxBackups: number;
  readonly now: () => number;
  readonly log: Log;
}

/** Lines that may wait for the disk. */
const MAX_WAITING = 10_000;

/**
 * One JSON event per line, mode 0600. Requests do not wait for it: what the disk cannot take in time is dropped, counted, and
 * told of in the daemon's log.
 */
export class AuditLog {
  readonly #options: AuditLogOptions;
  #waiting: string[] = [];
  #dropped = 0;
  #writing: Promise<void> | undefined;
  #size: number | undefined;

  constructor(options: AuditLogOptions) {
    this.#options = options;
  }

  write(event: object): void {
    if (this.#waiting.length >= MAX_WAITING) {
      this.#dropped++;
      return;
    }
    this.#waiting.push(`${JSON.stringify(event)}\n`);
    this.#writing ??= this.#drain();
  }

  /** Resolves when everything that was written is in the file. */
  async flush(): Promise<void> {
    await this.#writing;
  }

  async #drain(): Promise<void> {
    const { log, path } = this.#options;
    // What arrives in the same turn goes in one write.
    await Promise.resolve();
    while (this.#waiting.length > 0) {
      const lines = this.#waiting.splice(0);
      try {
        await this.#append(lines.join(''));
        if (this.#dropped > 0) log.error({ path, dropped: this.#dropped }, 'audit events were lost: the disk was too slow');
        this.#dropped = 0;
      } catch (error) {
        this.#dropped += lines.length;
        this.#size = undefined;
        log.error({ path, dropped: this.#dropped, error: errorText(error) }, 'audit events were lost');
        this.#dropped = 0;
      }
    }
    this.#writing = undefined;
  }

  async #append(text: string): Promise<void> {
    const { path, maxBytes } = this.#options;
    if (this.#size === undefined) {
      await mkdir(dirname(path), { recursive: true, mode: 0o700 });
      this.#size = await stat(path).then(
        ({ size }) => size,
        (error: NodeJS.ErrnoException) => {
          if (error.code === 'ENOENT') return 0;
          throw error;
        },
      );
    }
    const bytes = Buffer.byteLength(text);
    if (this.#size > 0 && this.#size + bytes > maxBytes) await this.#rotate();
    await appendFile(path, text, { mode: 0o600 });
    this.#size += bytes;
  }

  async #rotate(): Promise<void> {
    const { path, maxBackups, now } = this.#options;
    const [folder, extension] = [dirname(path), extname(path)];
    const stem = `${basename(path, extension)}-`;
    const stamp = new Date(now()).toISOString().replaceAll(':', '-');
    await rename(path, join(folder, `${stem}${stamp}${extension}`));
    this.#size = 0;
    const backups = (await readdir(folder)).filter((name) => name.startsWith(stem) && name.endsWith(extension)).toSorted();
    for (const name of backups.slice(0, Math.max(0, backups.length - maxBackups))) await rm(join(folder, name), { force: true });
  }
}
