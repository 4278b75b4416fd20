import { readFile } from 'node:fs/promises';
import { posix } from 'node:path';
import { assetPath } from '../../../common/assets.ts';
import { artifactErrors } from '../artifact-errors.ts';
import type { TarMember } from '../tar-reader.ts';
import { type TarEntry, writeTar } from '../tar-writer.ts';
import type { LayerRecipe } from './image-recipe.ts';
import { packageTree, type WholePackage } from './package-tree.ts';

/** A layer as Docker stores it: an uncompressed tar, and the newest time stamp of the files that it was made from. */
export interface Layer {
  readonly tar: Buffer;
  /** Seconds since the epoch. */
  readonly newest: number;
}

/** Builds one layer. The same recipe and packages give the same bytes on every machine. `whole`: the packages that it holds, with their closure. */
export async function buildLayer(
  image: string,
  recipe: LayerRecipe,
  packages: (name: string) => Promise<readonly TarMember[]>,
  whole: readonly WholePackage[] = [],
): Promise<Layer> {
  const tree = await packageTree(image, whole, recipe.leaveOut);
  const { entries } = tree;
  const put = (entry: TarEntry) => entries.set(entry.path, entry);
  let { newest } = tree;

  for (const file of recipe.packageFiles) {
    const members = await packages(file.package);
    const member = members.find((candidate) => candidate.type === 'file' && file.from.includes(candidate.path));
    if (member === undefined) throw artifactErrors.RECIPE_FILE_MISSING(image, file.package, file.from.join(', '));
    newest = Math.max(newest, member.mtime);
    put({ path: file.path, type: 'file', mode: file.mode, mtime: member.mtime, content: member.content });
  }
  const mtime = newest;
  if (recipe.certificates !== undefined) {
    const content = certificateBundle(entries, recipe.certificates.from);
    put({ path: recipe.certificates.path, type: 'file', mode: 0o644, mtime, content });
  }
  for (const file of recipe.files) {
    put({ path: file.path, type: 'file', mode: file.mode, mtime, content: await readFile(assetPath('images', file.source)) });
  }
  for (const name of recipe.links?.names ?? []) {
    const path = posix.join(recipe.links!.directory, name);
    // A package of this layer may bring the program itself.
    if (!entries.has(path)) put({ path, type: 'symlink', mode: 0o777, mtime, linkTarget: recipe.links!.target });
  }
  for (const { path, target } of recipe.symlinks) put({ path, type: 'symlink', mode: 0o777, mtime, linkTarget: target });
  for (const directory of recipe.directories) put({ ...directory, type: 'directory', mtime });
  for (const path of entries.keys()) addParents(path, entries, mtime);
  return { tar: writeTar([...entries.values()].sort(inOrder)), newest };
}

/** A folder sorts before what it holds, so unpacking never meets a file whose folder is missing; a hard link comes after what it links to. */
function inOrder(a: TarEntry, b: TarEntry): number {
  const last = Number(a.type === 'hardlink') - Number(b.type === 'hardlink');
  return last !== 0 ? last : a.path < b.path ? -1 : 1;
}

/** What ca-certificates' own script makes of the same files, in the order of their names. */
function certificateBundle(entries: ReadonlyMap<string, TarEntry>, from: string): Buffer {
  const files = [...entries.values()].filter(
    ({ path, type }) => type === 'file' && path.startsWith(`${from}/`) && path.endsWith('.crt'),
  );
  return Buffer.concat(
    files.sort(inOrder).map(({ content }) => Buffer.from(`${content!.toString('latin1').trimEnd()}\n`, 'latin1')),
  );
}

function addParents(path: string, entries: Map<string, TarEntry>, mtime: number): void {
  for (let parent = posix.dirname(path); parent !== '.'; parent = posix.dirname(parent)) {
    if (!entries.has(parent)) entries.set(parent, { path: parent, type: 'directory', mode: 0o755, mtime });
  }
}
