import { errorText } from '../../../common/errors.ts';
import { distroByName } from '../../distro/index.ts';
import { artifactErrors } from '../artifact-errors.ts';
import { blobPath } from '../cache.ts';
import { readDeb } from '../deb.ts';
import type { DebianArchitecture } from '../debian-architecture.ts';
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

/** Says what the layers of a recipe hold, and has it in the cache. */
export type LayerResolver = (recipe: ImageRecipe) => Promise<LayerPackages>;

/**
 * A resolver for several images: what their recipes have in common, it asks apt once. apt uses the keys of the release.
 * It throws OoError OPERATOR_WITHOUT_APT, KEYRING_MISSING, LISTS_NOT_AVAILABLE or IMAGE_UNRESOLVABLE.
 */
export function layerResolver(options: { readonly cacheDir: string; readonly arch: DebianArchitecture }): LayerResolver {
  const distro = distroByName(release)!;
  let apt: Promise<Closures> | undefined;
  let renewed: Promise<Closures> | undefined;
  const open = async (force: boolean): Promise<Closures> => {
    const opened = await privateApt({ ...options, distro });
    await opened.update(force);
    return closures(opened, options);
  };
  return async (recipe) => {
    if (recipe.layers.every(({ packages }) => packages.length === 0)) return recipe.layers.map(() => []);
    const asked = await (apt ??= open(false));
    try {
      return await layersOf(asked, recipe);
    } catch {
      // Lists of yesterday name files that a mirror dropped with its last update.
      apt = renewed ??= open(true);
      return await layersOf(await apt, recipe).catch((error: unknown) => {
        throw artifactErrors.IMAGE_UNRESOLVABLE(recipe.reference, distro.title, errorText(error), { cause: error });
      });
    }
  };
}

/** Has the newest package lists of the release, however young those in the cache are. */
export async function refreshLists(options: { readonly cacheDir: string; readonly arch: DebianArchitecture }): Promise<void> {
  const apt = await privateApt({ ...options, distro: distroByName(release)! });
  await apt.update(true);
}

/** All packages of a layer and of those below it, downloaded: the closure of `names` without `without`. */
type Closures = (names: readonly string[], without: readonly string[]) => Promise<readonly ClosurePackage[]>;

function closures(
  apt: PrivateApt,
  { cacheDir, arch }: { readonly cacheDir: string; readonly arch: DebianArchitecture },
): Closures {
  const distro = distroByName(release)!;
  const known = new Map<string, Promise<readonly ClosurePackage[]>>();
  const ask: Closures = async (names, without) => {
    const closure = await resolveWith(apt, { names, status: assumedStatus(without, arch), distro, arch });
    await fetchPackages(apt, cacheDir, closure);
    return closure;
  };
  return (names, without) => {
    const key = JSON.stringify([names, without]);
    const asked = known.get(key) ?? ask(names, without);
    known.set(key, asked);
    return asked;
  };
}

async function layersOf(closureOf: Closures, recipe: ImageRecipe): Promise<ClosurePackage[][]> {
  const below = new Set<string>();
  const names: string[] = [];
  const without: string[] = [];
  const layers: ClosurePackage[][] = [];
  for (const layer of recipe.layers) {
    names.push(...layer.packages);
    without.push(...layer.without);
    const closure = layer.packages.length === 0 ? [] : await closureOf([...names], [...without]);
    const added = closure.filter(({ name }) => !below.has(name)).sort((a, b) => (a.name < b.name ? -1 : 1));
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
