import { createHash } from 'node:crypto';
import { open } from 'node:fs/promises';

/** A stretch of a file that is uploaded by itself. */
export interface FilePart {
  /** From 1, as S3 counts. */
  readonly number: number;
  /** Bytes from the beginning of the file. */
  readonly offset: number;
  readonly size: number;
  /** Base64, as S3 writes checksums. */
  readonly sha256: string;
}

/** https://docs.aws.amazon.com/AmazonS3/latest/userguide/qfacts.html */
const partLimits = { smallest: 5 << 20, most: 10_000 } as const;
const usualSize = 16 << 20;

/** The parts of a file of that many bytes: of one size but for the last, none smaller than S3 takes, and not too many of them. */
export async function partsOf(path: string, size: number, wanted: number = usualSize): Promise<readonly FilePart[]> {
  const partSize = Math.max(wanted, partLimits.smallest, Math.ceil(size / partLimits.most));
  const parts: FilePart[] = [];
  for (let offset = 0; offset < size; offset += partSize) {
    const part = { number: parts.length + 1, offset, size: Math.min(partSize, size - offset) };
    parts.push({
      ...part,
      sha256: createHash('sha256')
        .update(await readPart(path, part))
        .digest('base64'),
    });
  }
  return parts;
}

/** @throws Error when the file is shorter than it was */
export async function readPart(path: string, { offset, size }: Pick<FilePart, 'offset' | 'size'>): Promise<Buffer> {
  await using file = await open(path, 'r');
  const buffer = Buffer.allocUnsafe(size);
  for (let filled = 0; filled < size;) {
    const { bytesRead } = await file.read(buffer, filled, size - filled, offset + filled);
    if (bytesRead === 0) throw new Error(`${path} ends at byte ${offset + filled}: it has been changed meanwhile`);
    filled += bytesRead;
  }
  return buffer;
}

/**
 * The checksum that S3 gives to an object of these parts: the hash of their hashes, and how many they were.
 * https://docs.aws.amazon.com/AmazonS3/latest/userguide/checking-object-integrity-upload.html (composite checksums)
 */
export function compositeChecksum(parts: readonly FilePart[]): string {
  const hash = createHash('sha256');
  for (const { sha256 } of parts) hash.update(Buffer.from(sha256, 'base64'));
  return `${hash.digest('base64')}-${parts.length}`;
}
