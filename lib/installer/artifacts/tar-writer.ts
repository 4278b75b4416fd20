import { Buffer } from 'node:buffer';
import { artifactErrors } from './artifact-errors.ts';

/** One member of a tar archive. Owner is always 0:0: what we make belongs to root where it is unpacked. */
export interface TarEntry {
  /** Relative, with no leading `./`; directories without a trailing slash. */
  readonly path: string;
  readonly type: 'file' | 'directory' | 'symlink' | 'hardlink';
  /** Permission bits. */
  readonly mode: number;
  /** Seconds since the epoch. Fixed by the caller: two builds of the same input give the same bytes. */
  readonly mtime: number;
  readonly content?: Buffer;
  /** Of a hard link: the path of a member before it. */
  readonly linkTarget?: string;
}

const block = 512;
const typeFlags = { file: '0', hardlink: '1', symlink: '2', directory: '5' } as const;

/** The header block of an entry of `size` bytes (POSIX.1-1988 ustar). */
export function tarHeader(entry: Omit<TarEntry, 'content'>, size: number): Buffer {
  const header = Buffer.alloc(block);
  const { prefix, name } = splitName(entry.type === 'directory' ? `${entry.path}/` : entry.path);
  header.write(name, 0, 100, 'utf8');
  writeOctal(header, 100, 8, entry.mode);
  writeOctal(header, 108, 8, 0);
  writeOctal(header, 116, 8, 0);
  writeOctal(header, 124, 12, size);
  writeOctal(header, 136, 12, entry.mtime);
  header.fill(' ', 148, 156);
  header.write(typeFlags[entry.type], 156, 1, 'ascii');
  if (entry.linkTarget !== undefined) header.write(checkLength(entry.linkTarget, 100), 157, 100, 'utf8');
  header.write('ustar\u000000', 257, 8, 'latin1');
  header.write(prefix, 345, 155, 'utf8');
  let sum = 0;
  for (const byte of header) sum += byte;
  header.write(`${sum.toString(8).padStart(6, '0')}\0 `, 148, 8, 'latin1');
  return header;
}

/** Zero bytes that fill a member of `size` bytes up to the next block. */
export function tarPadding(size: number): Buffer {
  return Buffer.alloc((block - (size % block)) % block);
}

/** The two zero blocks that end an archive. */
export const tarEnd: Buffer = Buffer.alloc(2 * block);

/** A whole archive of small entries. */
export function writeTar(entries: readonly TarEntry[]): Buffer {
  return Buffer.concat(tarParts(entries));
}

/** The same in pieces, one after the other: contents are not copied. */
export function tarParts(entries: readonly TarEntry[]): readonly Buffer[] {
  const parts: Buffer[] = [];
  for (const entry of entries) {
    const content = entry.content ?? Buffer.alloc(0);
    parts.push(tarHeader(entry, content.length), content, tarPadding(content.length));
  }
  return [...parts, tarEnd];
}

function splitName(path: string): { prefix: string; name: string } {
  if (Buffer.byteLength(path) <= 100) return { prefix: '', name: path };
  for (let cut = path.indexOf('/'); cut > 0; cut = path.indexOf('/', cut + 1)) {
    const prefix = path.slice(0, cut);
    const name = path.slice(cut + 1);
    if (name !== '' && Buffer.byteLength(prefix) <= 155 && Buffer.byteLength(name) <= 100) return { prefix, name };
  }
  throw artifactErrors.ARCHIVE_MALFORMED(`tar member ${path}`, 'the path does not fit a ustar header');
}

function checkLength(text: string, limit: number): string {
  if (Buffer.byteLength(text) > limit) throw artifactErrors.ARCHIVE_MALFORMED(`tar link ${text}`, `longer than ${limit} bytes`);
  return text;
}

function writeOctal(header: Buffer, offset: number, width: number, value: number): void {
  const text = Math.trunc(value).toString(8);
  if (text.length > width - 1) throw artifactErrors.ARCHIVE_MALFORMED('tar header', `${value} does not fit`);
  header.write(`${text.padStart(width - 1, '0')}\0`, offset, width, 'ascii');
}
