import { Semaphore } from '../../../common/semaphore.ts';
import { workAhead } from '../../../common/work-ahead.ts';
import { artifactErrors } from '../artifact-errors.ts';
import { debianArchitecture, type DebianArchitecture } from '../debian-architecture.ts';
import { layerResolver, refreshLists } from './image-packages.ts';
import { buildImage, type LoadableImage, packageReader } from './build-image.ts';
import type { Layer } from './layer-builder.ts';
import { platformImageNames } from './platform-image-names.ts';

interface Options {
  readonly cacheDir: string;
  /** @default this machine's */
  readonly arch?: DebianArchitecture;
  /** With the newest packages of the release. @default false: what was built from the same recipe is answered */
  readonly fresh?: boolean;
}

/** Images that are built at a time: while one is written, the packages of the next are resolved, fetched and unpacked by other programs. */
const atWork = 2;

/**
 * A builder of platform images, as `docker load` archives in the cache: each is begun when it is first asked for, and built once. Its promises
 * reject with OoError IMAGE_UNKNOWN, or what keeps the packages away.
 */
export function platformImageBuilder({
  cacheDir,
  arch = debianArchitecture(),
  fresh = false,
}: Options): (name: string) => Promise<LoadableImage> {
  const shared = {
    cacheDir,
    arch,
    fresh,
    packages: packageReader({ cacheDir, arch }),
    resolve: layerResolver({ cacheDir, arch }),
    layers: new Map<string, Promise<Layer>>(),
  };
  const room = new Semaphore(atWork);
  const begun = new Map<string, Promise<LoadableImage>>();
  return (name) => {
    if (!platformImageNames.includes(name))
      return Promise.reject(artifactErrors.IMAGE_UNKNOWN(name, platformImageNames.join(', ')));
    const image = begun.get(name) ?? room.run(() => buildImage(name, shared));
    begun.set(name, image);
    return image;
  };
}

/**
 * Builds platform images by name. `built` is told of each as it is there. @throws OoError IMAGE_UNKNOWN before anything is built, and what keeps
 * its packages away
 */
export async function buildPlatformImages(
  names: readonly string[],
  options: Options & { readonly built?: (name: string, image: LoadableImage) => void },
): Promise<LoadableImage[]> {
  const unknown = names.find((name) => !platformImageNames.includes(name));
  if (unknown !== undefined) throw artifactErrors.IMAGE_UNKNOWN(unknown, platformImageNames.join(', '));
  const { cacheDir, arch = debianArchitecture(), fresh = false } = options;
  if (fresh) await refreshLists({ cacheDir, arch });
  const build = platformImageBuilder(options);
  const images: LoadableImage[] = [];
  for await (const [name, image] of workAhead(atWork, new Set(names), build)) {
    options.built?.(name, image);
    images.push(image);
  }
  return images;
}
