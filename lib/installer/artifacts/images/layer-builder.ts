import { readFile } from 'node:fs/promises';
import { posix } from 'node:path';
import { assetPath } from '../../../common/assets.ts';
import { artifactErrors } from '../artifact-errors.ts';
import type { TarMember } from '../tar-reader.ts';
import { type TarEntry, writeTar } from '../tar-writer.ts';
import type { LayerRecipe } from './image-recipe.ts';

/** A layer as Docker stores it: an uncompressed tar, and the newest time stamp of the files that it was made from. */
export interface Layer {
  readonly tar: Buffer;
  /** Seconds since the epoch. */
  readonly newest: number;
}

/** Builds one layer. The same recipe and packages give the same bytes on every machine. */
export async function buildLayer(
  image: string,
  recipe: LayerRecipe,
  packages: (name: string) => Promise<readonly TarMember[]>,
): Promise<Layer> {
  const entries = new Map<string, TarEntry>();
  const put = (entry: TarEntry) => entries.set(entry.path, entry);
  let newest = 0;

  for (const file of recipe.packageFiles) {
    const members = await packages(file.package);
    const member = members.find((candidate) => candidate.type === 'file' && file.from.includes(candidate.path));
    if (member === undefined) throw artifactErrors.RECIPE_FILE_MISSING(image, file.package, file.from.join(', '));
    newest = Math.max(newest, member.mtime);
    put({ path: file.path, type: 'file', mode: file.mode, mtime: member.mtime, content: member.content });
  }
  const mtime = newest;
  for (const file of recipe.files) {
    put({ path: file.path, type: 'file', mode: file.mode, mtime, content: await readFile(assetPath('images', file.source)) });
  }
  for (const name of recipe.links?.names ?? []) {
    const path = posix.join(recipe.links!.directory, name);
    put({ path, type: 'symlink', mode: 0o777, mtime, linkTarget: recipe.links!.target });
  }
  for (const directory of recipe.directories) put({ ...directory, type: 'directory', mtime });
  for (const path of entries.keys()) addParents(path, entries, mtime);
  // A folder sorts before what it holds, so unpacking never meets a file whose folder is missing.
  return { tar: writeTar([...entries.values()].sort((a, b) => (a.path < b.path ? -1 : 1))), newest };
}

function addParents(path: string, entries: Map<string, TarEntry>, mtime: number): void {
  for (let parent = posix.dirname(path); parent !== '.'; parent = posix.dirname(parent)) {
    if (!entries.has(parent)) entries.set(parent, { path: parent, type: 'directory', mode: 0o755, mtime });
  }
}
