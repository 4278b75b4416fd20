import { readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { hashFile, writeWhole } from './cache.ts';

const index = z.record(z.string(), z.string());

/** Hash of a large file, remembered by its path, size and times, so that a second run does not read 150 MB again. */
export async function rememberedHash(path: string, cacheDir: string): Promise<{ sha256: string; size: number }> {
  const { size, mtimeNs, ctimeNs, ino } = await stat(path, { bigint: true });
  const key = `${path} ${size} ${mtimeNs} ${ctimeNs} ${ino}`;
  const file = join(cacheDir, 'hashes.json');
  const known = await readFile(file, 'utf8').then(
    (text) => index.parse(JSON.parse(text)),
    () => ({}) as Record<string, string>,
  );
  let sha256 = Object.hasOwn(known, key) ? known[key] : undefined;
  if (sha256 === undefined) {
    sha256 = await hashFile(path);
    await writeWhole(file, JSON.stringify({ [key]: sha256 }));
  }
  return { sha256, size: Number(size) };
}
