import { mkdir, readdir, readFile, rm, stat, utimes } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { errorText, OoError } from '../../../common/errors.ts';
import { hashFile, hashOf, writeWhole } from '../cache.ts';
import { sha256Hex } from '../sha256.ts';
import { bundleErrors } from './bundle-errors.ts';
import { type BundleRequest, collectBundle, manifestOf, writeBundleFile } from './write-bundle.ts';

/** A bundle that the cache keeps, its content just verified. */
export interface KeptBundle {
  readonly path: string;
  readonly sha256: string;
  /** Bytes. */
  readonly size: number;
}

/** Bundles that are kept: the one of today's oo-install and the one before. */
const kept = 2;
/** ms after which half a file has no writer any more. */
const abandoned = 3_600_000;
const note = z.strictObject({ sha256: sha256Hex, size: z.int().positive() });

/**
 * The bundle of a request out of the cache, where it is called by what it holds: written when that has changed since the last time, or when the file has
 * gone bad. @throws OoError BUNDLE_UNWRITABLE, and what its parts cannot be had for
 */
export async function keepSiteBundle(request: Omit<BundleRequest, 'file'>): Promise<KeptBundle> {
  const content = await collectBundle(request);
  const folder = join(request.cacheDir, 'site-bundles');
  const path = join(folder, `${hashOf(JSON.stringify(manifestOf(content)))}.bundle`);
  const known = await readNote(path);
  if (known !== undefined && (await hashFile(path).catch(() => '')) === known.sha256) return { path, ...known };
  request.progress('writing the file');
  try {
    await mkdir(folder, { recursive: true });
    await forgetOthers(folder, path);
    await writeBundleFile(path, content.parts, content.sources);
    const written = { sha256: await hashFile(path), size: (await stat(path)).size };
    await writeWhole(noteOf(path), JSON.stringify(written));
    return { path, ...written };
  } catch (error) {
    if (error instanceof OoError) throw error;
    throw bundleErrors.BUNDLE_UNWRITABLE(path, errorText(error), { cause: error });
  }
}

/** What its content was when it was written: beside the file, and later than it. */
const noteOf = (path: string): string => `${path}.json`;

async function readNote(path: string): Promise<z.infer<typeof note> | undefined> {
  try {
    const known = note.parse(JSON.parse(await readFile(noteOf(path), 'utf8')));
    const now = new Date();
    await utimes(path, now, now);
    return known;
  } catch {
    return undefined;
  }
}

/** Makes room for another one: bundles are large. */
async function forgetOthers(folder: string, path: string): Promise<void> {
  const files = await Promise.all(
    (await readdir(folder)).map(async (name) => {
      const file = join(folder, name);
      return { file, time: (await stat(file).catch(() => undefined))?.mtimeMs ?? 0 };
    }),
  );
  const others = files.filter(({ file }) => file.endsWith('.bundle') && file !== path).toSorted((a, b) => b.time - a.time);
  const halves = files.filter(({ file, time }) => file.endsWith('.part') && Date.now() - time > abandoned);
  for (const { file } of [...others.slice(kept - 1), ...halves]) {
    await rm(file, { force: true });
    await rm(noteOf(file), { force: true });
  }
}
