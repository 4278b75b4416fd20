import { errorText } from '../../../common/errors.ts';
import { distroByName } from '../../distro/index.ts';
import { artifactErrors } from '../artifact-errors.ts';
import { blobPath } from '../cache.ts';
import { readDeb } from '../deb.ts';
import type { DebianArchitecture } from '../debian-package.ts';
import { type ClosurePackage, fetchPackages, resolveWith } from '../packages/package-closure.ts';
import { type PrivateApt, privateApt } from '../packages/private-apt.ts';
import type { ImageRecipe } from './image-recipe.ts';
import type { WholePackage } from './package-tree.ts';

/** The release that images are made of: the current stable one, whichever the operator's machine and the servers have. */
const release = 'debian-13';

/**
 * What packages are said to need for their maintainer scripts, which no image runs, and for an init, which none has. To the resolver they are
 * there already.
 */
const assumed: Readonly<Record<string, string>> = {
  adduser: '',
  'base-passwd': '',
  debconf: 'debconf-2.0',
  debianutils: '',
  dpkg: '',
  'init-system-helpers': '',
  'lsb-base': '',
  mawk: 'awk',
  openssl: '',
  passwd: '',
  perl: '',
  'perl-base': '',
  procps: '',
  psmisc: '',
  systemd: 'systemd-sysusers, systemd-tmpfiles',
  'sysvinit-utils': '',
  ucf: '',
};

/** The packages of each layer, bottom first; none for a layer without. */
export type LayerPackages = readonly (readonly ClosurePackage[])[];

/**
 * Resolves what the layers of a recipe hold, by apt with the keys of the release, and has it in the cache. @throws OoError OPERATOR_WITHOUT_APT, KEYRING_MISSING, LISTS_NOT_AVAILABLE, IMAGE_UNRESOLVABLE
 */
export async function resolveLayers(
  recipe: ImageRecipe,
  options: { readonly cacheDir: string; readonly arch: DebianArchitecture },
): Promise<LayerPackages> {
  if (recipe.layers.every(({ packages }) => packages.length === 0)) return recipe.layers.map(() => []);
  const distro = distroByName(release)!;
  const apt = await privateApt({ ...options, distro });
  await apt.update();
  try {
    return await resolveOnce(apt, recipe, options);
  } catch {
    // Lists of yesterday name files that a mirror dropped with its last update.
    await apt.update(true);
    return await resolveOnce(apt, recipe, options).catch((error: unknown) => {
      throw artifactErrors.IMAGE_UNRESOLVABLE(recipe.reference, distro.title, errorText(error), { cause: error });
    });
  }
}

/** Has the newest package lists of the release, however young those in the cache are. */
export async function refreshLists(options: { readonly cacheDir: string; readonly arch: DebianArchitecture }): Promise<void> {
  const apt = await privateApt({ ...options, distro: distroByName(release)! });
  await apt.update(true);
}

async function resolveOnce(
  apt: PrivateApt,
  recipe: ImageRecipe,
  { cacheDir, arch }: { readonly cacheDir: string; readonly arch: DebianArchitecture },
): Promise<LayerPackages> {
  const distro = distroByName(release)!;
  const below = new Set<string>();
  const names: string[] = [];
  const without: string[] = [];
  const layers: ClosurePackage[][] = [];
  for (const layer of recipe.layers) {
    names.push(...layer.packages);
    without.push(...layer.without);
    if (layer.packages.length === 0) {
      layers.push([]);
      continue;
    }
    const closure = await resolveWith(apt, { names, status: assumedStatus(without, arch), distro, arch });
    const added = closure.filter(({ name }) => !below.has(name)).sort((a, b) => (a.name < b.name ? -1 : 1));
    await fetchPackages(apt, cacheDir, added);
    for (const { name } of added) below.add(name);
    layers.push(added);
  }
  return layers;
}

/** dpkg's database as it would be with the assumed packages in it, of any version that may be asked for. */
function assumedStatus(without: readonly string[], arch: DebianArchitecture): string {
  const all = { ...assumed, ...Object.fromEntries(without.map((name) => [name, ''])) };
  const paragraphs = Object.entries(all).map(([name, provides]) => {
    const fields = `Package: ${name}\nStatus: install ok installed\nVersion: 999\nArchitecture: ${arch}\nMulti-Arch: allowed\n`;
    return provides === '' ? fields : `${fields}Provides: ${provides}\n`;
  });
  return paragraphs.join('\n');
}

/** The package as the layer builder reads it. */
export function wholePackage({ name, version, file, sha256 }: ClosurePackage, cacheDir: string): WholePackage {
  const architecture = file
    .replace(/\.deb$/, '')
    .split('_')
    .at(-1)!;
  return { name, version, architecture, members: () => readDeb(blobPath(cacheDir, sha256)) };
}
