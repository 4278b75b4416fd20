import { open } from 'node:fs/promises';
import { join } from 'node:path';
import type { Readable } from 'node:stream';
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

/** Files belong to root and its group, unless told: that is who owns them in an image, whatever the number of the user. */
export function openArchive(): Archive {
  const tar: Pack = pack();
  let gone: Error | undefined;
  let leave: (error: Error) => void = () => undefined;
  tar.on('close', () => leave((gone ??= new Error('nobody reads the archive any more'))));
  return {
    stream: tar as unknown as Readable,
    add: (header, content) =>
      new Promise<void>((resolve, reject) => {
        // A reader that has left asks for nothing more, and would be waited for without an end.
        leave = reject;
        if (gone !== undefined) return reject(gone);
        const done = (error?: Error | null): void => (error ? reject(error) : resolve());
        if (content === undefined || typeof content === 'string' || Buffer.isBuffer(content))
          return void tar.entry(header, content ?? '', done);
        content.once('error', reject);
        return void content.pipe(tar.entry(header, done));
      }),
    end: () => tar.finalize(),
    fail: (error) => void tar.destroy(error),
  };
}

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
    await archive.add(
      { ...header, size },
      size === 0 ? '' : handle.createReadStream({ start: 0, end: size - 1, autoClose: false }),
    );
  } finally {
    await handle.close();
  }
}
