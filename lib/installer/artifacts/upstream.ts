import { readFile, stat } from 'node:fs/promises';
import { z } from 'zod';
import { assetPath } from '../../common/assets.ts';
import { errorText } from '../../common/errors.ts';
import { artifactErrors } from './artifact-errors.ts';
import { blobPath, exists, hashFile, putBlob } from './cache.ts';
import type { DebianArchitecture } from './debian-architecture.ts';
import { download } from './download.ts';
import { sha256Hex as sha256 } from './sha256.ts';

/** What is taken as its makers built it, where a distribution has none. */
export const upstreamNames = ['docker', 'cni-plugins'] as const;
export type UpstreamName = (typeof upstreamNames)[number];

/** assets/artifacts/upstream.json: static builds, each pinned by its version and its checksum. */
const upstreamCatalogue = z.strictObject({
  builds: z.array(
    z.strictObject({
      name: z.enum(upstreamNames),
      version: z.string().regex(/^\d+(\.\d+)+$/),
      architecture: z.enum(['amd64', 'arm64']),
      sha256,
      urls: z.array(z.url({ protocol: /^https$/ })).min(1),
    }),
  ),
});

/** A gzip-compressed tar archive of programs, on the operator's disk, its checksum verified. */
export interface UpstreamBuild {
  readonly name: UpstreamName;
  readonly version: string;
  readonly source: string;
  readonly sha256: string;
  /** Bytes. */
  readonly size: number;
}

/** Bytes that no build may be larger than: 27.3.1 of Docker has 73 million. */
const limit = 250_000_000;

/** From the cache, else from where the catalogue says. */
export async function fetchUpstream(
  name: UpstreamName,
  options: { cacheDir: string; arch: DebianArchitecture },
): Promise<UpstreamBuild> {
  const { builds } = upstreamCatalogue.parse(JSON.parse(await readFile(assetPath('artifacts', 'upstream.json'), 'utf8')));
  const build = builds.find((candidate) => candidate.name === name && candidate.architecture === options.arch);
  if (build === undefined) throw artifactErrors.BUILD_NOT_AVAILABLE(name, `the catalogue has none for ${options.arch}`);
  const source = blobPath(options.cacheDir, build.sha256);
  if (!(await exists(source))) {
    const what = `${name} ${build.version}`;
    const data = await download({ what, urls: build.urls, sha256: build.sha256, size: limit }).catch((error: unknown) => {
      throw artifactErrors.BUILD_NOT_AVAILABLE(what, errorText((error as Error).cause ?? error));
    });
    await putBlob(options.cacheDir, data);
  }
  return { name, version: build.version, source, sha256: build.sha256, size: (await stat(source)).size };
}

/** A file that somebody brought, believed only when it is what its bringer says that it is. */
export async function ownBuild(name: UpstreamName, source: string, expected: string): Promise<UpstreamBuild> {
  if (!(await exists(source))) throw artifactErrors.BUILD_NOT_AVAILABLE(name, `there is no file ${source}`);
  const actual = await hashFile(source);
  if (actual !== expected) throw artifactErrors.CHECKSUM_MISMATCH(source, expected, actual);
  return { name, version: expected.slice(0, 12), source, sha256: expected, size: (await stat(source)).size };
}
