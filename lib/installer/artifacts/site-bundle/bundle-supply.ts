import type { Artifact } from '../artifact.ts';
import type { DebianArchitecture } from '../debian-architecture.ts';
import { installedNames } from '../packages/installed-names.ts';
import { packageArchive } from '../packages/package-archive.ts';
import { startingImageReferences } from '../images/image-recipe.ts';
import type { PackageSupply } from '../packages/package-supply.ts';
import { oncePer, type Supplies } from '../../supplies.ts';
import { bundleErrors } from './bundle-errors.ts';
import type { Manifest } from './manifest.ts';
import { openSiteBundle, type SiteBundle } from './read-bundle.ts';

type Platform = Manifest['platforms'][number];

/** Everything out of one file. Only what a server needs is taken out of it, verified, into the cache. */
export function bundleSupply(path: string, cacheDir: string): Supplies {
  let opened: Promise<SiteBundle> | undefined;
  const bundle = () => (opened ??= openSiteBundle(path));

  const platform = async (arch: DebianArchitecture): Promise<Platform> => {
    const { platforms } = (await bundle()).manifest;
    const found = platforms.find(({ architecture }) => architecture === arch);
    if (found !== undefined) return found;
    throw bundleErrors.BUNDLE_LACKS(path, `runtime for ${arch}`, platforms.map(({ architecture }) => architecture).join(', '));
  };
  const take = async (sha256: string): Promise<string> => (await bundle()).extract(sha256, cacheDir);

  const tree = async (kind: Artifact['kind'], { sha256, files }: Platform['runtime']): Promise<Artifact> => {
    const taken = [];
    for (const file of files) taken.push({ ...file, source: await take(file.sha256) });
    return { kind, sha256, size: files.reduce((sum, { size }) => sum + size, 0), files: taken };
  };

  return {
    artifacts: oncePer(async (arch: DebianArchitecture) => {
      const { runtime, openshift } = await platform(arch);
      return { runtime: await tree('runtime', runtime), openshift: await tree('openshift', openshift) };
    }),
    images: oncePer(async (arch: DebianArchitecture) => {
      const { images } = await platform(arch);
      const taken = [];
      for (const image of images.filter(({ reference }) => startingImageReferences.includes(reference)))
        taken.push({ ...image, path: await take(image.sha256) });
      return taken;
    }),
    platformImageNames: async (arch) => {
      const { images } = await platform(arch);
      return images.filter(({ reference }) => !startingImageReferences.includes(reference)).map(nameOf);
    },
    platformImage: async (name, arch) => {
      const { images } = await platform(arch);
      const image = images.find((candidate) => nameOf(candidate) === name);
      if (image !== undefined) return { ...image, path: await take(image.sha256) };
      throw bundleErrors.BUNDLE_LACKS(path, `image ${name}`, images.map(nameOf).join(', '));
    },
    build: async (name, arch) => {
      const { builds } = await platform(arch);
      const build = builds.find((candidate) => candidate.name === name);
      if (build !== undefined) return { ...build, source: await take(build.sha256) };
      throw bundleErrors.BUNDLE_LACKS(path, `static build of ${name}`, builds.map((it) => it.name).join(', ') || 'none');
    },
    packages: bundlePackages(path, bundle, take, cacheDir),
  };
}

/** Of `openshift/NAME:latest`. */
const nameOf = ({ reference }: { readonly reference: string }): string => reference.replace(/^.*\//, '').replace(/:.*$/, '');

function bundlePackages(
  path: string,
  bundle: () => Promise<SiteBundle>,
  take: (sha256: string) => Promise<string>,
  cacheDir: string,
): PackageSupply {
  const setFor = async (distro: string, arch: DebianArchitecture): Promise<Manifest['packages'][number]> => {
    const { packages } = (await bundle()).manifest;
    const set = packages.find((candidate) => candidate.distro === distro && candidate.architecture === arch);
    if (set !== undefined) return set;
    const has = packages.map((it) => `${it.distro} ${it.architecture}`).join(', ');
    throw bundleErrors.BUNDLE_LACKS(path, `packages for ${distro} ${arch}`, has || 'none');
  };
  return {
    readiness: async (distro, arch) => {
      const { packages } = (await bundle()).manifest;
      return packages.some((it) => it.distro === distro.name && it.architecture === arch) ? 'at-hand' : 'not';
    },
    check: async (distro, arch) => void (await setFor(distro.name, arch)),
    archive: async ({ distro, arch, status }) => {
      const { files } = await setFor(distro.name, arch);
      const installed = installedNames(status);
      const missing = files.filter(({ name }) => !installed.has(name));
      for (const { sha256 } of missing) await take(sha256);
      return missing.length === 0 ? undefined : packageArchive(missing, cacheDir);
    },
  };
}
