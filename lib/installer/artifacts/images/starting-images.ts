import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { assetPath } from '../../../common/assets.ts';
import { blobPath, exists, hashOf, putBlob, writeWhole } from '../cache.ts';
import { readDeb } from '../deb.ts';
import { debianArchitecture, type DebianArchitecture, fetchPackage } from '../debian-package.ts';
import type { TarMember } from '../tar-reader.ts';
import { assembleImage, imageArchive } from './image-archive.ts';
import { type ImageRecipe, readRecipe, startingImageNames } from './image-recipe.ts';
import { buildLayer } from './layer-builder.ts';
import { sha256Hex } from '../sha256.ts';

/** Bump when the builder gives other bytes for the same recipe. */
const builderVersion = 1;

/** Of Docker's image specification: an algorithm and a digest. */
const imageId = z.string().regex(/^sha256:[0-9a-f]{64}$/);

export const startingImage = z.strictObject({
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
});
/** A starting image, ready to be loaded. */
export type StartingImage = z.infer<typeof startingImage>;

/**
 * Builds the images that pods need at once (the sandbox and the sample application) from Debian packages, as `docker load` archives in
 * the cache. What an earlier run built from the same recipe is answered at once.
 */
export async function buildStartingImages(options: {
  readonly cacheDir: string;
  /** @default this machine's */
  readonly arch?: DebianArchitecture;
}): Promise<StartingImage[]> {
  const arch = options.arch ?? debianArchitecture();
  const opened = new Map<string, Promise<readonly TarMember[]>>();
  const packages = (name: string) => {
    const members = opened.get(name) ?? fetchPackage(name, { cacheDir: options.cacheDir, arch }).then(readDeb);
    opened.set(name, members);
    return members;
  };
  const images: StartingImage[] = [];
  for (const name of startingImageNames) images.push(await buildImage(name, { cacheDir: options.cacheDir, arch, packages }));
  return images;
}

interface BuildOptions {
  readonly cacheDir: string;
  readonly arch: DebianArchitecture;
  readonly packages: (name: string) => Promise<readonly TarMember[]>;
}

async function buildImage(name: string, options: BuildOptions): Promise<StartingImage> {
  const recipe = await readRecipe(name);
  const index = join(options.cacheDir, 'images', `${name}-${options.arch}-${await recipeHash(recipe)}.json`);
  const known = await readIndex(index);
  if (known !== undefined) return known;

  const layers = [];
  for (const layer of recipe.layers) layers.push(await buildLayer(recipe.reference, layer, options.packages));
  const image = assembleImage(recipe, options.arch, layers);
  const archive = imageArchive(image);
  const sha256 = await putBlob(options.cacheDir, archive);
  const built: StartingImage = {
    reference: image.reference,
    id: image.id,
    path: blobPath(options.cacheDir, sha256),
    sha256,
    size: archive.length,
    layers: image.layers.map(({ diffId, chainId }) => ({ diffId, chainId })),
  };
  await writeWhole(index, JSON.stringify(built));
  return built;
}

async function readIndex(path: string): Promise<StartingImage | undefined> {
  try {
    const image = startingImage.parse(JSON.parse(await readFile(path, 'utf8')));
    return (await exists(image.path)) ? image : undefined;
  } catch {
    // Absent, cut off or of another version: it is built again.
    return undefined;
  }
}

/** Changes when the recipe, one of its files or the builder does. */
async function recipeHash(recipe: ImageRecipe): Promise<string> {
  const sources = recipe.layers.flatMap((layer) => layer.files.map((file) => file.source));
  const contents = await Promise.all(sources.map((source) => readFile(assetPath('images', source), 'base64')));
  return hashOf(JSON.stringify([builderVersion, recipe, contents])).slice(0, 32);
}
