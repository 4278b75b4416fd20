import { readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { assetPath } from '../../../common/assets.ts';
import { blobPath, exists, hashOf, putBlob, writeWhole } from '../cache.ts';
import { readDeb } from '../deb.ts';
import { fetchPackage } from '../debian-package.ts';
import type { DebianArchitecture } from '../debian-architecture.ts';
import { closurePackage } from '../packages/package-closure.ts';
import { newestFirst } from '../keep-newest.ts';
import { sha256Hex } from '../sha256.ts';
import type { TarMember } from '../tar-reader.ts';
import { assembleImage, imageArchiveParts } from './image-archive.ts';
import { type LayerPackages, type LayerResolver, wholePackage } from './image-packages.ts';
import { type ImageRecipe, readRecipe } from './image-recipe.ts';
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
  /** Members of a package that single files are taken out of. */
  readonly packages: (name: string) => Promise<readonly TarMember[]>;
  readonly resolve: LayerResolver;
  /** Resolves the packages again, and builds anew when they are others. @default false: what was built from the same recipe is answered */
  readonly fresh?: boolean;
  /** Layers that other images have too, as they were built for the first of them. */
  readonly layers?: Map<string, Promise<Layer>>;
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
  const index = join(cacheDir, 'images', `${name}-${arch}-${await recipeHash(recipe)}.json`);
  const known = await readIndex(index, cacheDir);
  if (known !== undefined && !fresh) return known;
  const packages = await options.resolve(recipe);
  if (known !== undefined && JSON.stringify(known.packages) === JSON.stringify(packages)) return known;

  const image = assembleImage(recipe, arch, await layersOf(recipe, packages, options));
  const archive = imageArchiveParts(image);
  const sha256 = await putBlob(cacheDir, archive);
  const built: LoadableImage = {
    reference: image.reference,
    id: image.id,
    path: blobPath(cacheDir, sha256),
    sha256,
    size: archive.reduce((sum, { length }) => sum + length, 0),
    layers: image.layers.map(({ diffId, chainId }) => ({ diffId, chainId })),
    packages: packages.map((layer) => [...layer]),
  };
  await writeWhole(index, JSON.stringify(built));
  await forgetOldBuilds(cacheDir, `${name}-${arch}-`);
  return built;
}

async function layersOf(recipe: ImageRecipe, packages: LayerPackages, options: BuildOptions): Promise<Layer[]> {
  const layers: Layer[] = [];
  for (const [i, layer] of recipe.layers.entries()) {
    const whole = packages[i]!.map((item) => wholePackage(item, options.cacheDir));
    const build = (): Promise<Layer> => buildLayer(recipe.reference, layer, options.packages, whole);
    layers.push(await (i < recipe.shared ? onceFor(options.layers, JSON.stringify([layer, packages[i]]), build) : build()));
  }
  return layers;
}

/** What only one image has is let go with it: an image is up to 150 MB. */
function onceFor(built: Map<string, Promise<Layer>> = new Map(), key: string, build: () => Promise<Layer>): Promise<Layer> {
  const layer = built.get(key) ?? build();
  built.set(key, layer);
  return layer;
}

/** Builds of one image that are kept: that of this oo-install, and that of the version before, which may be at work on another server. */
const keptBuilds = 2;

/** Removes older builds of an image with their archives, which are up to 150 MB each. */
async function forgetOldBuilds(cacheDir: string, prefix: string): Promise<void> {
  const folder = join(cacheDir, 'images');
  const all = await newestFirst(folder);
  const own = all.filter((name) => name.startsWith(prefix) && /^[0-9a-f]{32}\.json$/.test(name.slice(prefix.length)));
  const old = new Set(own.slice(keptBuilds));
  if (old.size === 0) return;
  const stay = new Set<string>();
  for (const name of all.filter((each) => !old.has(each))) stay.add((await readIndex(join(folder, name), cacheDir))?.path ?? '');
  for (const name of old) {
    const build = await readIndex(join(folder, name), cacheDir);
    await rm(join(folder, name), { force: true });
    if (build !== undefined && !stay.has(build.path)) await rm(build.path, { force: true });
  }
}

/** The cache may have another place since: a home folder that moved, a folder of tests that servers mount. */
async function readIndex(file: string, cacheDir: string): Promise<LoadableImage | undefined> {
  try {
    const read = loadableImage.parse(JSON.parse(await readFile(file, 'utf8')));
    const image = { ...read, path: blobPath(cacheDir, read.sha256) };
    return (await exists(image.path)) ? image : undefined;
  } catch {
    // Absent, cut off or of another version: it is built again.
    return undefined;
  }
}

/** Changes when the recipe, one of its files or the builder does. */
async function recipeHash(recipe: ImageRecipe): Promise<string> {
  const { shared: _shared, ...spelled } = recipe;
  const sources = recipe.layers.flatMap((layer) => layer.files.map((file) => file.source));
  const contents = await Promise.all(sources.map((source) => readFile(assetPath('images', source), 'base64')));
  return hashOf(JSON.stringify([builderVersion, spelled, contents])).slice(0, 32);
}
