import { open } from 'node:fs/promises';
import { join } from 'node:path';
import { Readable, type Writable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { type Headers, pack, type Pack } from 'tar-stream';
import type { SourceFile } from './source-files.ts';

/** A tar that is written while it is read. */
export interface Archive {
  readonly stream: Readable;
  /** Resolves when the entry has been taken. */
  add(header: Headers, content?: Readable | Buffer | string): Promise<void>;
  end(): void;
  fail(error: Error): void;
}

/** Files belong to root with its group's rights for everybody in it: that is who runs images, whatever the number of the user. */
export function openArchive(): Archive {
  const tar: Pack = pack();
  return {
    stream: tar as unknown as Readable,
    async add(header, content) {
      if (content instanceof Readable) {
        const entry: Writable = await openEntry(tar, header);
        await pipeline(content, entry);
        return;
      }
      await new Promise<void>((resolve, reject) => {
        tar.entry(header, content ?? '', (error) => (error ? reject(error) : resolve()));
      });
    },
    end: () => tar.finalize(),
    fail: (error) => void tar.destroy(error),
  };
}

const openEntry = async (tar: Pack, header: Headers): Promise<Writable> =>
  tar.entry(header, (error) => {
    if (error) tar.destroy(error);
  });

/** Adds files of a folder below `prefix`. A file that changes its size meanwhile is an error, as in tar itself. */
export async function addFiles(
  archive: Archive,
  folder: string,
  files: AsyncIterable<SourceFile>,
  prefix: string,
): Promise<void> {
  for await (const file of files) {
    const header = { name: `${prefix}${file.path}`, mode: file.mode, mtime: file.mtime, uid: 0, gid: 0 };
    if (file.type === 'directory') await archive.add({ ...header, type: 'directory' });
    else if (file.type === 'symlink') await archive.add({ ...header, type: 'symlink', linkname: file.target! });
    else await addFile(archive, join(folder, file.path), { ...header, type: 'file' });
  }
}

async function addFile(archive: Archive, path: string, header: Headers): Promise<void> {
  const handle = await open(path, 'r');
  try {
    // Of the opened file: what was seen a moment ago may be another one by now.
    const { size } = await handle.stat();
    await archive.add({ ...header, size }, size === 0 ? '' : handle.createReadStream({ start: 0, end: size - 1, autoClose: false }));
  } finally {
    await handle.close();
  }
}
