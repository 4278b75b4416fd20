import { dirname, join } from 'node:path';
import type { FileToSend } from '../../transport/transport.ts';
import { exists, hashOf, writeWhole } from '../cache.ts';
import { keepNewest } from '../keep-newest.ts';
import { readTar } from '../tar-reader.ts';
import { type TarEntry, writeTar } from '../tar-writer.ts';
import { readFile } from 'node:fs/promises';
import type { StartingImage } from './starting-images.ts';

/** What servers of two kinds (with other layers, of another architecture) are sent of all images, and the hosts of a run share. */
const kept = 24;

/**
 * The image's archive without the layers that a server has: named in the manifest, and left out. Docker reads the file of a layer only when its
 * store has no layer of that chain (moby's image/tarexport). The newest ones are kept, in a folder beside that
 * of the whole archives.
 */
export async function partialArchive(image: StartingImage, present: ReadonlySet<string>): Promise<FileToSend> {
  const dropped = new Set(
    image.layers.filter(({ chainId }) => present.has(chainId)).map(({ diffId }) => diffId.slice('sha256:'.length)),
  );
  const whole = { source: image.path, sha256: image.sha256, size: image.size };
  if (dropped.size === 0) return whole;
  const entries: TarEntry[] = [];
  for (const member of readTar(await readFile(image.path), image.path)) {
    if (member.type === 'other' || member.type === 'hardlink' || dropped.has(member.path.split('/')[0]!)) continue;
    const { path, type, mode, mtime, content } = member;
    entries.push({ path, type, mode, mtime, content });
  }
  const archive = writeTar(entries);
  const sha256 = hashOf(archive);
  const folder = join(dirname(image.path), '..', 'partial');
  const source = join(folder, sha256);
  if (!(await exists(source))) {
    await writeWhole(source, archive);
    await keepNewest(folder, kept);
  }
  return { source, sha256, size: archive.length };
}
