import { randomBytes } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { link, open, rm } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { createZstdCompress, createZstdDecompress } from 'node:zlib';
import { errorText, OoError } from '../../common/errors.ts';
import { syncFolder } from '../../common/whole-file.ts';
import { backupErrors } from './backup-errors.ts';
import { type Entry, readLines } from './read-lines.ts';

/**
 * Writes the lines to a new file, mode 0600: under a name of its own first, on disk before it gets `path`. However it ends, there is a
 * whole backup at `path` or nothing. Returns its size in bytes. Throws BACKUP_EXISTS, BACKUP_UNWRITABLE, and what `lines` throws.
 */
export async function writeBackupFile(path: string, lines: AsyncIterable<Buffer>): Promise<number> {
  const scratch = join(dirname(path), `.${basename(path)}.${randomBytes(8).toString('hex')}.tmp`);
  let source: unknown;
  const watched = async function* (): AsyncGenerator<Buffer> {
    try {
      yield* lines;
    } catch (error) {
      source = error;
      throw error;
    }
  };
  try {
    const file = await open(scratch, 'wx', 0o600);
    await pipeline(
      Readable.from(watched(), { objectMode: false }),
      createZstdCompress(),
      file.createWriteStream({ flush: true }),
    );
    // link() refuses an existing name, which rename() would overwrite.
    await link(scratch, path);
    await syncFolder(dirname(path));
    const written = await open(path, 'r');
    return await written
      .stat()
      .then(({ size }) => size)
      .finally(() => written.close());
  } catch (error) {
    if (source instanceof OoError) throw source;
    if (source !== undefined) throw backupErrors.BACKUP_CUT_OFF(errorText(source), { cause: source });
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') throw backupErrors.BACKUP_EXISTS(path);
    throw backupErrors.BACKUP_UNWRITABLE(path, errorText(error), { cause: error });
  } finally {
    await rm(scratch, { force: true });
  }
}

/** What is in a backup file, held to its checksum. Throws BACKUP_UNREADABLE, BACKUP_DAMAGED, BACKUP_NEWER. */
export async function* readBackupFile(path: string): AsyncGenerator<Entry> {
  const file = await open(path, 'r').catch((cause: unknown) => {
    throw backupErrors.BACKUP_UNREADABLE(path, { cause });
  });
  await file.close();
  const raw = createReadStream(path);
  const plain = raw.pipe(createZstdDecompress());
  raw.on('error', (error) => plain.destroy(error));
  try {
    yield* readLines(path, plain);
  } finally {
    raw.destroy();
    plain.destroy();
  }
}
