import { artifactErrors } from '../artifact-errors.ts';
import { debianArchitecture, type DebianArchitecture } from '../debian-package.ts';
import { refreshLists } from './image-packages.ts';
import { buildImage, type LoadableImage, packageReader } from './build-image.ts';
import type { Layer } from './layer-builder.ts';

/** The images that the platform's own pods run: recipes of these names, `openshift/NAME:latest` in Docker. */
export const systemImageNames = ['registry', 'router', 'builder', 'deployer'] as const;
/** Images that applications are built with, by source-to-image. */
export const builderImageNames = ['nodejs', 'python', 'php', 'static'] as const;
/** All that is built from whole packages. */
export const platformImageNames: readonly string[] = [...systemImageNames, ...builderImageNames];

/** The names that they have in Docker. */
export const platformImageReferences: readonly string[] = platformImageNames.map((name) => `openshift/${name}:latest`);

/**
 * Builds platform images by name, as `docker load` archives in the cache. `fresh`: with the newest packages of the release. `built` is told of
 * each as it is there. @throws OoError IMAGE_UNKNOWN before anything is built, and what keeps its packages away
 */
export async function buildPlatformImages(
  names: readonly string[],
  options: {
    readonly cacheDir: string;
    /** @default this machine's */
    readonly arch?: DebianArchitecture;
    /** @default false */
    readonly fresh?: boolean;
    readonly built?: (name: string, image: LoadableImage) => void;
  },
): Promise<LoadableImage[]> {
  const unknown = names.find((name) => !platformImageNames.includes(name));
  if (unknown !== undefined) throw artifactErrors.IMAGE_UNKNOWN(unknown, platformImageNames.join(', '));
  const { cacheDir, arch = debianArchitecture(), fresh = false } = options;
  const packages = packageReader({ cacheDir, arch });
  const layers = new Map<string, Layer>();
  const images: LoadableImage[] = [];
  if (fresh) await refreshLists({ cacheDir, arch });
  for (const name of new Set(names)) {
    const image = await buildImage(name, { cacheDir, arch, packages, layers, fresh });
    options.built?.(name, image);
    images.push(image);
  }
  return images;
}
