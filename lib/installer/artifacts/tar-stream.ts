import { createReadStream } from 'node:fs';
import { open } from 'node:fs/promises';
import type { Readable } from 'node:stream';
import { artifactErrors } from './artifact-errors.ts';
import { readTarHeader, tarBlock, type TarMember } from './tar-reader.ts';

/** A member of an archive that is a file on the disk: where its content is, and the content when it is asked for. */
export interface TarFileMember extends Pick<TarMember, 'path' | 'type' | 'mode' | 'linkTarget'> {
  readonly size: number;
  /** Of the content's first byte in the archive. */
  readonly offset: number;
  /** The whole content; for small members. */
  read(): Promise<Buffer>;
  stream(): Readable;
}

/**
 * The members of an uncompressed archive on the disk, which may be larger than memory: ustar as our writer writes it. Only headers are
 * read until a content is asked for. An archive that was cut off is refused with the byte where it ends.
 */
export async function* tarMembers(archive: string, what = archive): AsyncGenerator<TarFileMember> {
  const file = await open(archive, 'r');
  try {
    const { size: total } = await file.stat();
    const header = Buffer.alloc(tarBlock);
    for (let at = 0; at < total;) {
      const { bytesRead } = await file.read(header, 0, tarBlock, at);
      if (bytesRead < tarBlock) throw artifactErrors.ARCHIVE_MALFORMED(what, `it ends at byte ${total}, in a header`);
      if (header.every((byte) => byte === 0)) return;
      const { path, type, mode, linkTarget, size } = readTarHeader(header, `${what} at byte ${at}`);
      const offset = at + tarBlock;
      if (offset + size > total) {
        throw artifactErrors.ARCHIVE_MALFORMED(
          what,
          `it ends at byte ${total}, in ${path}, which goes on to byte ${offset + size}`,
        );
      }
      yield {
        path,
        type,
        mode,
        linkTarget,
        size,
        offset,
        read: async () => {
          const content = Buffer.alloc(size);
          await file.read(content, 0, size, offset);
          return content;
        },
        stream: () =>
          createReadStream(archive, { start: offset, end: offset + Math.max(size, 1) - 1, highWaterMark: 1024 * 1024 }),
      };
      at = offset + Math.ceil(size / tarBlock) * tarBlock;
    }
    throw artifactErrors.ARCHIVE_MALFORMED(what, `it ends at byte ${total}, without its end mark`);
  } finally {
    await file.close();
  }
}
