import { readFile, utimes } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { z } from 'zod';
import type { FileToSend } from '../../transport/transport.ts';
import { exists, hashOf, writeWhole } from '../cache.ts';
import { keepNewest } from '../keep-newest.ts';
import { sha256Hex } from '../sha256.ts';
import { readTar } from '../tar-reader.ts';
import { type TarEntry, tarParts } from '../tar-writer.ts';
import type { LoadableImage } from './build-image.ts';

/** What servers of two kinds (with other layers, of another architecture) are sent of all images. */
const kept = 24;
const note = z.strictObject({ sha256: sha256Hex, size: z.int().positive() });
/** Those that are being written: the hosts of a run ask for the same at once. */
const writing = new Map<string, Promise<FileToSend>>();

/**
 * The image's archive without the layers that a server has: named in the manifest, and left out. Docker reads the file of a layer only when its
 * store has no layer of that chain (moby's image/tarexport). The newest ones are kept, in a folder beside that of the whole archives.
 */
export async function partialArchive(image: LoadableImage, present: ReadonlySet<string>): Promise<FileToSend> {
  const dropped = image.layers.filter(({ chainId }) => present.has(chainId)).map(({ diffId }) => diffId.slice('sha256:'.length));
  if (dropped.length === 0) return { source: image.path, sha256: image.sha256, size: image.size };
  const source = join(dirname(image.path), '..', 'partial', hashOf([image.sha256, ...dropped].join(' ')));
  const known = writing.get(source) ?? read(source).then((found) => found ?? write(image, new Set(dropped), source));
  writing.set(source, known);
  try {
    return await known;
  } finally {
    writing.delete(source);
  }
}

/** As an earlier run has left it. */
async function read(source: string): Promise<FileToSend | undefined> {
  try {
    const found = note.parse(JSON.parse(await readFile(`${source}.json`, 'utf8')));
    if (!(await exists(source))) return undefined;
    const now = new Date();
    await utimes(source, now, now);
    return { source, ...found };
  } catch {
    // Absent, or cut off: it is written again.
    return undefined;
  }
}

async function write(image: LoadableImage, dropped: ReadonlySet<string>, source: string): Promise<FileToSend> {
  const entries: TarEntry[] = [];
  for (const member of readTar(await readFile(image.path), image.path)) {
    if (member.type === 'other' || member.type === 'hardlink' || dropped.has(member.path.split('/')[0]!)) continue;
    const { path, type, mode, mtime, content } = member;
    entries.push({ path, type, mode, mtime, content });
  }
  const archive = tarParts(entries);
  const found = { sha256: hashOf(archive), size: archive.reduce((sum, { length }) => sum + length, 0) };
  await writeWhole(source, archive);
  await writeWhole(`${source}.json`, JSON.stringify(found));
  await keepNewest(dirname(source), kept);
  return { source, ...found };
}
