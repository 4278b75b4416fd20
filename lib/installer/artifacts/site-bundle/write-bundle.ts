import { randomUUID } from 'node:crypto';
import { createReadStream, createWriteStream } from 'node:fs';
import { rename, rm } from 'node:fs/promises';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import type { Distro } from '../../distro/distro.ts';
import { allPackages } from '../../phases/package-set.ts';
import type { Artifact } from '../artifact.ts';
import { blobPath } from '../cache.ts';
import type { DebianArchitecture } from '../debian-architecture.ts';
import { resolveNewServer } from '../packages/new-server.ts';
import type { Supplies } from '../../supplies.ts';
import { tarEnd, tarHeader, tarPadding } from '../tar-writer.ts';
import { type UpstreamName, upstreamNames } from '../upstream.ts';
import { bundleLayout, type Manifest, manifestName, memberPath } from './manifest.ts';

export interface BundleRequest {
  readonly file: string;
  readonly version: string;
  readonly distros: readonly Distro[];
  readonly architectures: readonly DebianArchitecture[];
  /** oo-install itself. */
  readonly installer: Artifact;
  /** Names of the platform's own images that go along. @default none */
  readonly images?: readonly string[];
  readonly supply: Supplies;
  readonly cacheDir: string;
  /** Told before each part is put together. */
  readonly progress: (message: string) => void;
}

/** Where the content of a member is now. */
type Sources = Map<string, { readonly source: string; readonly size: number }>;

/** What a bundle is written from. */
export interface BundleContent {
  readonly parts: BundleParts;
  readonly sources: Sources;
}
type BundleParts = Pick<Manifest, 'version' | 'installer' | 'platforms' | 'packages'>;

/** Writes a bundle: the file appears whole or not at all, and is the same for the same input. */
export async function writeSiteBundle(request: BundleRequest): Promise<Manifest> {
  const { parts, sources } = await collectBundle(request);
  request.progress('writing the file');
  return writeBundleFile(request.file, parts, sources);
}

/** Has everything made or fetched that a bundle is to hold. */
export async function collectBundle(request: Omit<BundleRequest, 'file'>): Promise<BundleContent> {
  const sources: Sources = new Map();
  const installer = treeOf(request.installer, sources);
  const platforms: Manifest['platforms'] = [];
  const packages: Manifest['packages'] = [];
  for (const architecture of [...request.architectures].sort()) {
    request.progress(`runtime, bundle and images for ${architecture}`);
    platforms.push(await platformOf(request, architecture, sources));
    for (const distro of request.distros.filter(({ archive }) => archive !== undefined)) {
      request.progress(`packages of ${distro.title} for ${architecture}`);
      const names = allPackages(distro);
      const files = await resolveNewServer({ cacheDir: request.cacheDir, distro, arch: architecture, names });
      for (const { sha256, size } of files) sources.set(sha256, { source: blobPath(request.cacheDir, sha256), size });
      packages.push({ distro: distro.name, architecture, files });
    }
  }
  return { parts: { version: request.version, installer, platforms, packages }, sources };
}

/** The same out of parts that are there already. `sources`: of each member, by its hash. */
export async function writeBundleFile(file: string, parts: BundleParts, sources: Sources): Promise<Manifest> {
  const manifest = manifestOf({ parts, sources });
  await writeWholeTar(file, manifest, sources);
  return manifest;
}

/** It names every byte of the bundle: equal manifests are equal bundles. */
export function manifestOf({ parts, sources }: BundleContent): Manifest {
  const members = [...sources].map(([sha256, { size }]) => ({ sha256, size })).sort((a, b) => (a.sha256 < b.sha256 ? -1 : 1));
  return { format: 'oo-install bundle', formatVersion: bundleLayout, ...parts, members };
}

async function platformOf(
  { supply, distros, images: names = [] }: Pick<BundleRequest, 'supply' | 'distros' | 'images'>,
  architecture: DebianArchitecture,
  sources: Sources,
): Promise<Manifest['platforms'][number]> {
  const { runtime, openshift } = await supply.artifacts(architecture);
  const images = [
    ...(await supply.images(architecture)),
    ...(await Promise.all(names.map((name) => supply.platformImage(name, architecture)))),
  ];
  for (const { sha256, size, path } of images) sources.set(sha256, { source: path, size });
  const builds = [];
  for (const name of upstreamNames.filter((candidate) => distros.some((distro) => isStatic(distro, candidate)))) {
    const { version, sha256, size, source } = await supply.build(name, architecture);
    sources.set(sha256, { source, size });
    builds.push({ name, version, sha256, size });
  }
  return {
    architecture,
    runtime: treeOf(runtime, sources),
    openshift: treeOf(openshift, sources),
    images: images.map(({ path: _path, ...image }) => image),
    builds,
  };
}

const isStatic = (distro: Distro, name: UpstreamName): boolean =>
  (name === 'docker' ? distro.docker : distro.cniPlugins) === 'static';

function treeOf(artifact: Artifact, sources: Sources): Manifest['platforms'][number]['runtime'] {
  for (const { sha256, size, source } of artifact.files) sources.set(sha256, { source, size });
  return { sha256: artifact.sha256, files: artifact.files.map(({ source: _source, ...file }) => file) };
}

async function writeWholeTar(file: string, manifest: Manifest, sources: Sources): Promise<void> {
  const temporary = `${file}.${randomUUID().slice(0, 8)}.part`;
  const text = Buffer.from(`${JSON.stringify(manifest, undefined, 1)}\n`);
  async function* chunks(): AsyncGenerator<Buffer> {
    yield Buffer.concat([tarHeader(entry(manifestName), text.length), text, tarPadding(text.length)]);
    for (const { sha256, size } of manifest.members) {
      yield tarHeader(entry(memberPath(sha256)), size);
      for await (const chunk of createReadStream(sources.get(sha256)!.source, { highWaterMark: 1024 * 1024 }))
        yield chunk as Buffer;
      yield tarPadding(size);
    }
    yield tarEnd;
  }
  try {
    await pipeline(Readable.from(chunks()), createWriteStream(temporary, { flags: 'wx', flush: true }));
    await rename(temporary, file);
  } finally {
    await rm(temporary, { force: true });
  }
}

const entry = (path: string) => ({ path, type: 'file', mode: 0o644, mtime: 0 }) as const;
