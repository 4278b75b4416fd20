import { OoError } from '../../../../common/errors.ts';
import { artifactBucketName } from '../../../../stacks/lab-definition.ts';
import { artifactVersion } from '../../../artifacts/artifact-version.ts';
import { installerBundle } from '../../../artifacts/bundle.ts';
import { ownCacheDir } from '../../../artifacts/cache.ts';
import type { DebianArchitecture } from '../../../artifacts/debian-architecture.ts';
import { keepSiteBundle, type KeptBundle } from '../../../artifacts/site-bundle/kept-bundle.ts';
import { upstreamNames } from '../../../artifacts/upstream.ts';
import { type Distro, unknownDistro } from '../../../distro/index.ts';
import { prepareSupplies, type Supplies } from '../../../supplies.ts';
import type { HostPlace } from '../../host-data.ts';
import type { LabContext } from '../../provider.ts';
import type { LabIdentity } from '../lab-identity.ts';
import type { ArchiveOptions } from '../options.ts';

/** Where the hosts of a lab fetch an archive of this content: the bucket is the lab's own, and the key is of the content alone. */
export function archivePlace(lab: LabIdentity, region: string, sha256: string): NonNullable<HostPlace['install']> {
  return { bucket: artifactBucketName(lab), key: `archives/${sha256}.bundle`, sha256, region };
}

export interface ArchiveRequest extends ArchiveOptions {
  readonly architecture: DebianArchitecture;
  /** Whether nobody knows which distribution the hosts are of, since lab.yaml names an image of its own. */
  readonly anyDistro: boolean;
  /** The platform's own images that hosts get. */
  readonly images: readonly string[];
}

/**
 * What the hosts of a lab install themselves from, oo-install included: the file of `oo-install bundle create`, without packages, which hosts have
 * from their distribution's mirrors. Made once, and kept in the cache. Nothing in it is secret: every host of the lab reads it.
 */
export async function makeLabArchive(
  { architecture, anyDistro, images, cacheDir = ownCacheDir(), supplies = prepareSupplies({ cacheDir }) }: ArchiveRequest,
  report: LabContext['report'],
): Promise<KeptBundle> {
  const tell = (message: string): void => report({ subject: 'archive', state: 'running', message });
  const installer = await installerBundle({ cacheDir });
  const archive = await keepSiteBundle({
    version: await artifactVersion(installer),
    installer,
    images,
    architectures: [architecture],
    distros: anyDistro ? await staticDistros(supplies, architecture, tell) : [],
    supply: supplies,
    cacheDir,
    progress: tell,
  });
  report({ subject: 'archive', state: 'done', message: `${(archive.size / 1e6).toFixed(1)} MB, sha256 ${archive.sha256}` });
  return archive;
}

/** Upstream's static builds go along for whatever needs them; most distributions do not, so that they cannot be had stops nobody. */
async function staticDistros(
  supplies: Supplies,
  architecture: DebianArchitecture,
  tell: (message: string) => void,
): Promise<readonly Distro[]> {
  try {
    await Promise.all(upstreamNames.map((name) => supplies.build(name, architecture)));
    return [unknownDistro];
  } catch (error) {
    if (!(error instanceof OoError)) throw error;
    tell(`goes without static builds, so hosts need a distribution that has Docker itself: ${error.message}`);
    return [];
  }
}
