import type { Artifact } from './artifacts/artifact.ts';
import type { DebianArchitecture } from './artifacts/debian-architecture.ts';
import type { LoadableImage } from './artifacts/images/build-image.ts';
import { platformImageNames } from './artifacts/images/platform-image-names.ts';
import type { StartingImage } from './artifacts/images/starting-images.ts';
import { mirrorPackages, type PackageSupply } from './artifacts/packages/package-supply.ts';
import type { UpstreamBuild, UpstreamName } from './artifacts/upstream.ts';

/** What a server's agent is made of. */
export interface ServerArtifacts {
  readonly runtime: Artifact;
  readonly openshift: Artifact;
}

/** What is put on servers, prepared on the operator's machine: once per run and architecture, however many hosts ask for it. */
export interface Supplies {
  artifacts(arch: DebianArchitecture): Promise<ServerArtifacts>;
  /** The starting images, which every pod needs. */
  images(arch: DebianArchitecture): Promise<readonly StartingImage[]>;
  /** Names of the platform's own images that are to be had (artifacts/images/platform-images.ts): all, or those of a bundle. */
  platformImageNames(arch: DebianArchitecture): Promise<readonly string[]>;
  /** One of them. It is begun when it is first asked for. */
  platformImage(name: string, arch: DebianArchitecture): Promise<LoadableImage>;
  /** Packages of distributions, for servers that do not fetch them themselves. */
  readonly packages: PackageSupply;
  /** A static build, for distributions without a package of it. */
  build(name: UpstreamName, arch: DebianArchitecture): Promise<UpstreamBuild>;
}

/** Supplies out of the cache in `cacheDir`, which they complete. Nothing is built, nor is what builds it loaded, before it is asked for. */
export function prepareSupplies({ cacheDir }: { readonly cacheDir: string }): Supplies {
  // The bundle is the same on every architecture.
  const bundle = oncePer<'any', Artifact>(async () => (await import('./artifacts/bundle.ts')).openshiftBundle({ cacheDir }));
  const builder = oncePer(async (arch: DebianArchitecture) => {
    const { platformImageBuilder } = await import('./artifacts/images/platform-images.ts');
    return platformImageBuilder({ cacheDir, arch });
  });
  return {
    artifacts: oncePer(async (arch: DebianArchitecture) => {
      const { nodeRuntime } = await import('./artifacts/runtime.ts');
      const [runtime, openshift] = await Promise.all([nodeRuntime({ cacheDir, arch }), bundle('any')]);
      return { runtime, openshift };
    }),
    images: oncePer(async (arch: DebianArchitecture) => {
      const { buildStartingImages } = await import('./artifacts/images/starting-images.ts');
      return buildStartingImages({ cacheDir, arch });
    }),
    platformImageNames: async () => platformImageNames,
    platformImage: async (name, arch) => (await builder(arch))(name),
    packages: mirrorPackages(cacheDir),
    build: async (name, arch) => (await import('./artifacts/upstream.ts')).fetchUpstream(name, { cacheDir, arch }),
  };
}

/** Answers the first result for each key to everybody who asks, a failure too. */
export function oncePer<K, T>(make: (key: K) => Promise<T>): (key: K) => Promise<T> {
  const made = new Map<K, Promise<T>>();
  return (key) => {
    const known = made.get(key) ?? make(key);
    made.set(key, known);
    return known;
  };
}
