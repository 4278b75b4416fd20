import { Buffer } from 'node:buffer';
import { spawn } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { gunzipSync, zstdDecompressSync } from 'node:zlib';
import { artifactErrors } from './artifact-errors.ts';
import { readTar, type TarMember } from './tar-reader.ts';

/** The files of a Debian package, read on any operator: by dpkg-deb where there is one, else by our own ar and tar readers. */
export async function readDeb(path: string): Promise<TarMember[]> {
  const tar = (await pipeThrough('dpkg-deb', ['--fsys-tarfile', path])) ?? (await readData(path));
  return [...readTar(tar, path)];
}

/** The data member of a package, decompressed, without dpkg (deb(5), ar(5)). */
async function readData(path: string): Promise<Buffer> {
  const archive = await readFile(path);
  if (archive.toString('latin1', 0, 8) !== '!<arch>\n') throw artifactErrors.ARCHIVE_MALFORMED(path, 'it is no Debian package');
  for (let at = 8; at + 60 <= archive.length;) {
    const name = archive
      .toString('latin1', at, at + 16)
      .trim()
      .replace(/\/$/, '');
    const size = Number.parseInt(archive.toString('latin1', at + 48, at + 58), 10);
    const content = archive.subarray(at + 60, at + 60 + size);
    if (!(size >= 0) || content.length < size) throw artifactErrors.ARCHIVE_MALFORMED(path, 'it ends in the middle of a member');
    if (name.startsWith('data.tar')) return decompress(content, name, path);
    at += 60 + size + (size % 2);
  }
  throw artifactErrors.ARCHIVE_MALFORMED(path, 'it has no data member');
}

async function decompress(data: Buffer, name: string, path: string): Promise<Buffer> {
  if (name.endsWith('.tar')) return data;
  if (name.endsWith('.gz')) return gunzipSync(data);
  if (name.endsWith('.zst')) return zstdDecompressSync(data);
  // Node has no xz. A Mac has none either, but its tar is bsdtar, which rewrites any compressed archive as a plain one.
  const plain =
    (await pipeThrough('xz', ['-dc'], data)) ?? (await pipeThrough('bsdtar', ['-cf', '-', '--format', 'ustar', '@-'], data));
  if (plain === undefined) throw artifactErrors.ARCHIVE_MALFORMED(path, 'neither xz nor bsdtar is here to decompress it');
  return plain;
}

/** What the program writes, or undefined when it is not installed or fails. */
function pipeThrough(program: string, args: readonly string[], input?: Buffer): Promise<Buffer | undefined> {
  return new Promise((resolve) => {
    const child = spawn(program, args, { stdio: [input === undefined ? 'ignore' : 'pipe', 'pipe', 'ignore'] });
    const chunks: Buffer[] = [];
    child.on('error', () => resolve(undefined));
    child.stdout?.on('data', (chunk: Buffer) => chunks.push(chunk));
    child.on('close', (code) => resolve(code === 0 ? Buffer.concat(chunks) : undefined));
    if (input !== undefined) {
      child.stdin?.on('error', () => undefined);
      child.stdin?.end(input);
    }
  });
}
