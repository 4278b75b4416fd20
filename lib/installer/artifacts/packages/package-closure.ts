import { mkdir, readFile, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { errorText } from '../../../common/errors.ts';
import type { Distro } from '../../distro/distro.ts';
import { artifactErrors } from '../artifact-errors.ts';
import { blobPath, exists, hashFile, hashOf, writeWhole } from '../cache.ts';
import type { DebianArchitecture } from '../debian-architecture.ts';
import { listsReady, type PrivateApt, privateApt } from './private-apt.ts';
import { sha256Hex } from '../sha256.ts';

export const closurePackage = z.strictObject({
  /** File name: NAME_VERSION_ARCHITECTURE.deb. */
  file: z.string().regex(/^[a-z0-9][A-Za-z0-9.+~:%_-]{0,200}\.deb$/),
  name: z.string(),
  version: z.string(),
  sha256: sha256Hex,
  /** Bytes. */
  size: z.int().positive(),
});
/** A package file that a server is to get. It is in the cache, as the blob of its hash. */
export type ClosurePackage = z.infer<typeof closurePackage>;

export interface ClosureRequest {
  readonly cacheDir: string;
  readonly distro: Distro;
  readonly arch: DebianArchitecture;
  /** Packages that are wanted. */
  readonly names: readonly string[];
  /** dpkg's database of the server, or what a new server of that release has (`baseStatus`). */
  readonly status: string;
}

/**
 * The packages that a server needs so that `names` can be installed with no network: apt itself resolves, with the server's own database, so
 * versions, alternatives, conflicts and architectures are judged as on the server. Downloaded once, verified against the signed lists.
 */
export async function resolveClosure(request: ClosureRequest): Promise<ClosurePackage[]> {
  const { cacheDir, distro, arch } = request;
  const memo = join(cacheDir, 'apt', `${distro.name}-${arch}`, 'closures', `${closureKey(request)}.json`);
  const known = (await listsReady(request)) ? await readMemo(memo, cacheDir) : undefined;
  if (known !== undefined) return known;
  const apt = await privateApt({ cacheDir, distro, arch });
  await apt.update();
  let closure: ClosurePackage[];
  try {
    closure = await resolveWith(apt, request);
    await fetchPackages(apt, cacheDir, closure);
  } catch {
    // Lists of yesterday name files that a mirror dropped with its last update.
    await apt.update(true);
    closure = await resolveWith(apt, request);
    await fetchPackages(apt, cacheDir, closure);
  }
  await writeWhole(memo, JSON.stringify(closure));
  return closure;
}

const closureKey = ({ names, status }: ClosureRequest): string => hashOf(`${names.join(' ')}\n${status}`).slice(0, 32);

async function readMemo(path: string, cacheDir: string): Promise<ClosurePackage[] | undefined> {
  try {
    const closure = z.array(closurePackage).parse(JSON.parse(await readFile(path, 'utf8')));
    const there = await Promise.all(closure.map(({ sha256 }) => exists(blobPath(cacheDir, sha256))));
    return there.every(Boolean) ? closure : undefined;
  } catch {
    return undefined;
  }
}

/** What apt would download on a server that has these packages already. */
export async function resolveWith(
  apt: PrivateApt,
  { names, status, distro }: Omit<ClosureRequest, 'cacheDir'>,
): Promise<ClosurePackage[]> {
  const scratch = await apt.scratch();
  try {
    await writeWhole(join(scratch, 'status'), status);
    // No packages that were downloaded before: apt names only those that it has not.
    await mkdir(join(scratch, 'partial'));
    const options = [`Dir::State::status=${scratch}/status`, `Dir::Cache::archives=${scratch}`];
    return parseUris(await apt.run(['-y', '--no-remove', '--print-uris', 'install', ...names], { options }));
  } catch (error) {
    throw artifactErrors.CLOSURE_UNRESOLVABLE(names.join(' '), distro.name, errorText(error));
  } finally {
    await rm(scratch, { recursive: true, force: true });
  }
}

/** Downloads what is not in the cache yet. apt has verified what the lists say of each file; the file is held to it again. */
export async function fetchPackages(apt: PrivateApt, cacheDir: string, packages: readonly ClosurePackage[]): Promise<void> {
  const missing: ClosurePackage[] = [];
  for (const item of packages) if (!(await exists(blobPath(cacheDir, item.sha256)))) missing.push(item);
  if (missing.length === 0) return;
  const cwd = await apt.scratch();
  try {
    await apt.run(['download', ...missing.map(({ name, version }) => `${name}=${version}`)], { cwd });
    await mkdir(join(cacheDir, 'blobs'), { recursive: true });
    for (const { file, name, sha256 } of missing) {
      const actual = await hashFile(join(cwd, file));
      if (actual !== sha256) throw artifactErrors.CHECKSUM_MISMATCH(name, sha256, actual);
      await rename(join(cwd, file), blobPath(cacheDir, sha256));
    }
  } finally {
    await rm(cwd, { recursive: true, force: true });
  }
}

/** apt-get --print-uris: `'URI' FILE SIZE SHA256:HASH` for each package. */
export function parseUris(output: string): ClosurePackage[] {
  return [...output.matchAll(/^'[^']+' (\S+\.deb) (\d+) SHA256:([0-9a-f]{64})$/gm)].map(
    ([, file = '', size = '', sha256 = '']) => {
      const [name = '', version = ''] = file.split('_');
      // apt escapes what a file name cannot hold: the colon after an epoch.
      return closurePackage.parse({ file, name, version: decodeURIComponent(version), sha256, size: Number(size) });
    },
  );
}
