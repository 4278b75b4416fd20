import { debianArchitecture, type DebianArchitecture } from '../debian-architecture.ts';
import { buildImage, type LoadableImage, packageReader } from './build-image.ts';
import { layerResolver } from './image-packages.ts';
import { startingImageNames } from './image-recipe.ts';

/** A starting image, ready to be loaded. */
export type StartingImage = LoadableImage;

/**
 * Builds the images that pods need at once (the sandbox and the sample application) from Debian packages, as `docker load` archives in
 * the cache. What an earlier run built from the same recipe is answered at once.
 */
export async function buildStartingImages(options: {
  readonly cacheDir: string;
  /** @default this machine's */
  readonly arch?: DebianArchitecture;
}): Promise<StartingImage[]> {
  const { cacheDir, arch = debianArchitecture() } = options;
  const shared = { cacheDir, arch, packages: packageReader({ cacheDir, arch }), resolve: layerResolver({ cacheDir, arch }) };
  const images: StartingImage[] = [];
  for (const name of startingImageNames) images.push(await buildImage(name, shared));
  return images;
}
