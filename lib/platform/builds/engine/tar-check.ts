import { posix } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { type Readable, Transform } from 'node:stream';
import { extract, type Headers } from 'tar-stream';
import type { Archive } from './source/archive.ts';

/** Why an entry cannot be taken; undefined: it can. `..`, absolute names and devices have no place in a source. */
function entryProblem({ name, type, linkname }: Pick<Headers, 'name' | 'type' | 'linkname'>): string | undefined {
  const shown = JSON.stringify(name);
  if (name.includes('\0') || name.split('/').includes('..')) return `entry ${shown} leads out of the archive`;
  if (name.startsWith('/')) return `entry ${shown} has an absolute name`;
  if (type === 'block-device' || type === 'character-device' || type === 'fifo')
    return `entry ${shown} is a ${type.replace('-', ' ')}`;
  if (type === 'link' && (linkname ?? '').split('/').includes('..')) return `entry ${shown} is a link out of the archive`;
  if (type === 'link' && linkname?.startsWith('/') === true) return `entry ${shown} is a link out of the archive`;
  return undefined;
}

/** `./a//b/` as `a/b`; `.` as an empty text. */
export const cleanName = (name: string): string => {
  const clean = posix.normalize(name).replace(/^\/+/, '').replace(/\/+$/, '');
  return clean === '.' ? '' : clean;
};

/** Bytes of what is said before an entry: names, and the attributes of pax. The reader holds them in memory, however many it is told that there are. */
const LARGEST_HEADERS = 4 << 20;

/** Lets a tar pass as long as entries come. `entry` is to be called with the bytes of each. */
function headerGuard(refuse: (problem: string) => Error): { readonly stream: Transform; entry(bytes: number): void } {
  let left = LARGEST_HEADERS;
  const stream = new Transform({
    transform(chunk: Buffer, _encoding, done) {
      left -= chunk.length;
      done(left < 0 ? refuse(`what is said of one entry is longer than ${LARGEST_HEADERS} bytes`) : null, chunk);
    },
  });
  return { stream, entry: (bytes) => void (left = LARGEST_HEADERS + bytes) };
}

export interface CopyOptions {
  /** Put before each name. */
  readonly prefix?: string;
  /** Only entries that it answers true for, by their clean names. */
  readonly keep?: (name: string) => boolean;
  /** What becomes of an entry's header. */
  readonly change?: (header: Headers) => Headers;
  readonly refuse: (problem: string) => Error;
}

/**
 * Copies the entries of a tar that comes from somebody else into an archive, one after the other and without holding them. Links keep their targets: whoever
 * unpacks follows them in a place of its own only. Rejects with `refuse`'s error at the first entry that has no place there.
 */
export async function copyEntries(from: Readable, to: Archive, options: CopyOptions): Promise<void> {
  const { prefix = '', keep = () => true, change = (header) => header, refuse } = options;
  const guard = headerGuard(refuse);
  const reader = extract();
  reader.on('entry', (header: Headers, content, proceed: (error?: unknown) => void) => {
    guard.entry(header.size ?? 0);
    const problem = entryProblem(header);
    if (problem !== undefined) return proceed(refuse(problem));
    const name = cleanName(header.name);
    const type = header.type ?? 'file';
    if (name === '' || !keep(name) || !['file', 'directory', 'symlink', 'link', 'contiguous-file'].includes(type)) {
      content.on('end', () => proceed());
      content.resume();
      return undefined;
    }
    const linkname = type === 'link' ? `${prefix}${cleanName(header.linkname ?? '')}` : header.linkname;
    const copied = change({
      name: `${prefix}${name}`,
      mode: header.mode ?? 0o644,
      mtime: header.mtime ?? new Date(0),
      uid: header.uid ?? 0,
      gid: header.gid ?? 0,
      type: type === 'contiguous-file' ? 'file' : type,
      size: header.size ?? 0,
      ...(linkname === undefined || linkname === null ? {} : { linkname }),
    });
    const hasContent = (header.size ?? 0) > 0;
    if (!hasContent) content.resume();
    to.add(copied, hasContent ? (content as unknown as Readable) : undefined).then(
      () => proceed(),
      (error: unknown) => proceed(error),
    );
    return undefined;
  });
  await pipeline(from, guard.stream, reader);
}
