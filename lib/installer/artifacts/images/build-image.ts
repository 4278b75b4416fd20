import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { assetPath } from '../../../common/assets.ts';
import { blobPath, exists, hashOf, putBlob, writeWhole } from '../cache.ts';
import { readDeb } from '../deb.ts';
import { type DebianArchitecture, fetchPackage } from '../debian-package.ts';
import { rememberedHash } from '../hash-index.ts';
import { closurePackage } from '../packages/package-closure.ts';
import { sha256Hex } from '../sha256.ts';
import type { TarMember } from '../tar-reader.ts';
import { assembleImage, imageArchive } from './image-archive.ts';
import { type LayerPackages, resolveLayers, wholePackage } from './image-packages.ts';
import { type ImageRecipe, readRecipe } from './image-recipe.ts';
import { bundledProgram, nodeBinary } from './own-programs.ts';
import { buildLayer, type Layer } from './layer-builder.ts';

/** Bump when the builder gives other bytes for the same recipe. */
const builderVersion = 2;

/** Of Docker's image specification: an algorithm and a digest. */
const imageId = z.string().regex(/^sha256:[0-9a-f]{64}$/);

export const loadableImage = z.strictObject({
  reference: z.string(),
  /** Docker's image ID, `sha256:...`. */
  id: imageId,
  /** Of the `docker load` archive. */
  path: z.string(),
  sha256: sha256Hex,
  /** Bytes of the archive. */
  size: z.int(),
  /** Bottom first. */
  layers: z.array(z.strictObject({ diffId: imageId, chainId: imageId })),
  /** The whole packages in it, layer by layer. */
  packages: z.array(z.array(closurePackage)).optional(),
});
/** An image in the cache, ready to be loaded, and the list of what it was made of. */
export type LoadableImage = z.infer<typeof loadableImage>;

export interface BuildOptions {
  readonly cacheDir: string;
  readonly arch: DebianArchitecture;
  readonly packages: (name: string) => Promise<readonly TarMember[]>;
  /** Resolves the packages again, and builds anew when they are others. @default false: what was built from the same recipe is answered */
  readonly fresh?: boolean;
  /** Layers that were built before for another image. */
  readonly layers?: Map<string, Layer>;
}

/** Packages that single files are taken out of, each opened once. */
export function packageReader(options: { cacheDir: string; arch: DebianArchitecture }): BuildOptions['packages'] {
  const opened = new Map<string, Promise<readonly TarMember[]>>();
  return (name) => {
    const members = opened.get(name) ?? fetchPackage(name, options).then(readDeb);
    opened.set(name, members);
    return members;
  };
}

/** Builds the image of the recipe `name`, unless the cache has it. Its index file in the cache says which packages it was made of. */
export async function buildImage(name: string, options: BuildOptions): Promise<LoadableImage> {
  const { cacheDir, arch, fresh = false } = options;
  const recipe = await readRecipe(name);
  const index = join(cacheDir, 'images', `${name}-${arch}-${await recipeHash(recipe, options)}.json`);
  const known = await readIndex(index);
  if (known !== undefined && !fresh) return known;
  const packages = await resolveLayers(recipe, { cacheDir, arch });
  if (known !== undefined && JSON.stringify(known.packages) === JSON.stringify(packages)) return known;

  const image = assembleImage(recipe, arch, await layersOf(recipe, packages, options));
  const archive = imageArchive(image);
  const sha256 = await putBlob(cacheDir, archive);
  const built: LoadableImage = {
    reference: image.reference,
    id: image.id,
    path: blobPath(cacheDir, sha256),
    sha256,
    size: archive.length,
    layers: image.layers.map(({ diffId, chainId }) => ({ diffId, chainId })),
    packages: packages.map((layer) => [...layer]),
  };
  await writeWhole(index, JSON.stringify(built));
  return built;
}

async function layersOf(recipe: ImageRecipe, packages: LayerPackages, options: BuildOptions): Promise<Layer[]> {
  const layers: Layer[] = [];
  for (const [i, layer] of recipe.layers.entries()) {
    const key = JSON.stringify([layer, packages[i]]);
    const whole = packages[i]!.map((item) => wholePackage(item, options.cacheDir));
    const built = options.layers?.get(key) ?? (await buildLayer(recipe.reference, layer, options.packages, whole, options.arch));
    options.layers?.set(key, built);
    layers.push(built);
  }
  return layers;
}

async function readIndex(path: string): Promise<LoadableImage | undefined> {
  try {
    const image = loadableImage.parse(JSON.parse(await readFile(path, 'utf8')));
    return (await exists(image.path)) ? image : undefined;
  } catch {
    // Absent, cut off or of another version: it is built again.
    return undefined;
  }
}

/** Changes when the recipe, one of its files or the builder does. */
async function recipeHash(recipe: ImageRecipe, { arch, cacheDir }: Pick<BuildOptions, 'arch' | 'cacheDir'>): Promise<string> {
  const sources = recipe.layers.flatMap((layer) => layer.files.map((file) => file.source));
  const contents = await Promise.all(sources.map((source) => readFile(assetPath('images', source), 'base64')));
  for (const { node, programs } of recipe.layers) {
    if (node !== undefined) contents.push((await rememberedHash(await nodeBinary(arch), cacheDir)).sha256);
    for (const { entry } of programs) contents.push(hashOf(await bundledProgram(entry)));
  }
  return hashOf(JSON.stringify([builderVersion, recipe, contents])).slice(0, 32);
}
