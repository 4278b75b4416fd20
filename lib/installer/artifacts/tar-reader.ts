import type { Buffer } from 'node:buffer';
import { artifactErrors } from './artifact-errors.ts';

/** One member as it stands in an archive. */
export interface TarMember {
  /** Without a leading `./` and trailing slash. */
  readonly path: string;
  readonly type: 'file' | 'directory' | 'symlink' | 'hardlink' | 'other';
  readonly mode: number;
  /** Seconds since the epoch. */
  readonly mtime: number;
  readonly content: Buffer;
  /** As it stands; of a hard link, the path of the member that it is another name of. */
  readonly linkTarget: string;
}

export const tarBlock = 512;
const block = tarBlock;
const types: Readonly<Record<string, TarMember['type']>> = {
  '0': 'file',
  '\0': 'file',
  '1': 'hardlink',
  '2': 'symlink',
  '5': 'directory',
};

/**
 * The members of an uncompressed archive held in memory: ustar with GNU long names and links, which is what Debian packages hold
 * (deb(5): "ustar and old GNU formats, with long names and pax ignored").
 */
export function* readTar(archive: Buffer, what = 'tar archive'): Generator<TarMember> {
  let longName: string | undefined;
  let longLink: string | undefined;
  for (let at = 0; at + block <= archive.length;) {
    const header = archive.subarray(at, at + block);
    if (header.every((byte) => byte === 0)) return;
    const { size, ...entry } = readTarHeader(header, what);
    const content = archive.subarray(at + block, at + block + size);
    if (content.length < size) throw artifactErrors.ARCHIVE_MALFORMED(what, 'it ends in the middle of a member');
    at += block + Math.ceil(size / block) * block;
    if (entry.flag === 'L') {
      longName = text(content, 0, content.length);
      continue;
    }
    if (entry.flag === 'K') {
      longLink = text(content, 0, content.length);
      continue;
    }
    if (entry.flag === 'x' || entry.flag === 'g') continue;
    const path = longName === undefined ? entry.path : cleanPath(longName);
    const target = longLink ?? entry.linkTarget;
    longName = longLink = undefined;
    const linkTarget = entry.type === 'hardlink' ? cleanPath(target) : target;
    yield { path, type: entry.type, mode: entry.mode, mtime: entry.mtime, content, linkTarget };
  }
  throw artifactErrors.ARCHIVE_MALFORMED(what, 'it has no end');
}

/** What a header block says, its checksum verified. `flag` is the type as it stands there. */
export function readTarHeader(header: Buffer, what: string): Omit<TarMember, 'content'> & { size: number; flag: string } {
  checkSum(header, what);
  const flag = String.fromCharCode(header[156] ?? 0);
  const prefix = text(header, 257, 5) === 'ustar' && header[262] === 0 ? text(header, 345, 155) : '';
  return {
    path: cleanPath(prefix === '' ? text(header, 0, 100) : `${prefix}/${text(header, 0, 100)}`),
    type: types[flag] ?? 'other',
    mode: octal(header, 100, 8),
    mtime: octal(header, 136, 12),
    linkTarget: text(header, 157, 100),
    size: octal(header, 124, 12),
    flag,
  };
}

const cleanPath = (name: string): string => name.replace(/^(\.?\/)+/, '').replace(/\/+$/, '');

function checkSum(header: Buffer, what: string): void {
  let sum = 0;
  for (let i = 0; i < block; i++) sum += i >= 148 && i < 156 ? 32 : (header[i] ?? 0);
  if (sum !== octal(header, 148, 8)) throw artifactErrors.ARCHIVE_MALFORMED(what, 'a header has a wrong checksum');
}

function text(buffer: Buffer, offset: number, length: number): string {
  const slice = buffer.subarray(offset, offset + length);
  const end = slice.indexOf(0);
  return slice.toString('utf8', 0, end < 0 ? slice.length : end);
}

function octal(header: Buffer, offset: number, length: number): number {
  const digits = text(header, offset, length).trim();
  return digits === '' ? 0 : Number.parseInt(digits, 8);
}
