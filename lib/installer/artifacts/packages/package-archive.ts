import { createReadStream, createWriteStream } from 'node:fs';
import { createHash, randomUUID } from 'node:crypto';
import { mkdir, readFile, rename, rm, stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { Readable, Transform } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { blobPath, exists, hashFile, hashOf, writeWhole } from '../cache.ts';
import { tarEnd, tarHeader, tarPadding } from '../tar-writer.ts';
import type { ClosurePackage } from './package-closure.ts';

/** Package files as one file, which is sent once and resumed as one. */
export interface PackageArchive {
  readonly source: string;
  readonly sha256: string;
  /** Bytes. */
  readonly size: number;
  readonly files: readonly { readonly file: string; readonly sha256: string }[];
}

/** Puts the packages of a closure into a tar archive in the cache, the same bytes every time. */
export async function packageArchive(closure: readonly ClosurePackage[], cacheDir: string): Promise<PackageArchive> {
  const sorted = [...closure].sort((a, b) => (a.file < b.file ? -1 : 1));
  const files = sorted.map(({ file, sha256 }) => ({ file, sha256 }));
  const index = join(cacheDir, 'archives', hashOf(JSON.stringify(files)).slice(0, 32));
  const source = `${index}.tar`;
  const hashFileName = `${source}.sha256`;
  if (!(await exists(source))) await writeWhole(hashFileName, await writeArchive(sorted, cacheDir, source));
  const sha256 = (await readFile(hashFileName, 'utf8').catch(() => '')) || (await hashFile(source));
  return { source, sha256, size: (await stat(source)).size, files };
}

/** Answers the archive's hash. */
async function writeArchive(packages: readonly ClosurePackage[], cacheDir: string, target: string): Promise<string> {
  const hash = createHash('sha256');
  await mkdir(dirname(target), { recursive: true });
  const temporary = `${target}.${randomUUID().slice(0, 8)}`;
  async function* chunks(): AsyncGenerator<Buffer> {
    for (const { file, sha256, size } of packages) {
      yield tarHeader({ path: file, type: 'file', mode: 0o644, mtime: 0 }, size);
      for await (const chunk of createReadStream(blobPath(cacheDir, sha256))) yield chunk as Buffer;
      yield tarPadding(size);
    }
    yield tarEnd;
  }
  try {
    const hashed = new Transform({ transform: (chunk: Buffer, _encoding, done) => (hash.update(chunk), done(null, chunk)) });
    await pipeline(Readable.from(chunks()), hashed, createWriteStream(temporary, { flags: 'wx' }));
    await rename(temporary, target);
    return hash.digest('hex');
  } finally {
    await rm(temporary, { force: true });
  }
}
