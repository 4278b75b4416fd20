import { createHash } from 'node:crypto';
import { chmod, copyFile, mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { packageRoot } from '../../../lib/common/assets.ts';
import type { Artifact } from '../../../lib/installer/artifacts/artifact.ts';
import { openshiftBundle } from '../../../lib/installer/artifacts/bundle.ts';
import { debianArchitecture } from '../../../lib/installer/artifacts/debian-architecture.ts';
import { buildStartingImages } from '../../../lib/installer/artifacts/images/starting-images.ts';
import { nodeRuntime } from '../../../lib/installer/artifacts/runtime.ts';
import { platformPaths } from '../../../lib/installer/phases/context.ts';
import { openshiftProgram } from '../../../lib/installer/phases/install-runtime.ts';
import { openshiftUnit } from '../../../lib/installer/phases/start-platform.ts';
import { runCommand } from '../../support/run-command.ts';
import { startTestHost } from '../../support/test-host.ts';

/** What the contenders bring to a server: the bytes that oo-install brings too, as one tar for its root folder. */
export interface Payload {
  /** Holds payload.tar and stamp. */
  readonly folder: string;
  /** Names this payload on a server. */
  readonly stamp: string;
}

const ON_HOST = '/var/tmp/oo-payload';
/** By their names in Debian 12. */
const PACKAGES = ['docker.io', 'containernetworking-plugins', 'nftables', 'iptables', 'conntrack', 'iproute2'];

export async function makePayload(cacheDir: string): Promise<Payload> {
  const folder = join(packageRoot(), '.cache', 'bench', 'payload');
  const tree = join(folder, 'tree');
  await rm(folder, { recursive: true, force: true });
  const put = async (path: string, content: string, mode = 0o644): Promise<void> => {
    await mkdir(dirname(join(tree, path)), { recursive: true });
    await writeFile(join(tree, path), content, { mode });
    await chmod(join(tree, path), mode);
  };
  const arch = debianArchitecture();
  await copyArtifact(await nodeRuntime({ cacheDir, arch }), join(tree, platformPaths.optDir, 'runtime', 'current'));
  await copyArtifact(await openshiftBundle({ cacheDir }), join(tree, platformPaths.optDir, 'openshift', 'current'));
  await put(platformPaths.program, openshiftProgram, 0o755);
  await put(platformPaths.unit, openshiftUnit);
  for (const image of await buildStartingImages({ cacheDir, arch })) {
    const name = image.reference.replaceAll(/[^a-z0-9-]/g, '_');
    await mkdir(join(tree, ON_HOST, 'images'), { recursive: true });
    await copyFile(image.path, join(tree, ON_HOST, 'images', `${name}.tar`));
  }
  const scripts = join(import.meta.dirname, 'on-host');
  for (const name of await readdir(scripts)) await put(`${ON_HOST}/${name}`, await readFile(join(scripts, name), 'utf8'));
  await put(`${ON_HOST}/package.json`, '{ "type": "module" }\n');
  await fetchPackages(join(tree, ON_HOST, 'debs'));
  return pack(folder, tree);
}

/** Only files are members: no folder of a server changes its mode. */
async function pack(folder: string, tree: string): Promise<Payload> {
  const { stdout } = await runCommand(['find', '.', '-type', 'f', '-print0'], { cwd: tree });
  const archive = join(folder, 'payload.tar');
  const options = ['--owner=0', '--group=0', '--mtime=@0', '--sort=name', '--null', '--files-from=-'];
  await runCommand(['tar', '-C', tree, ...options, '-cf', archive], { stdin: stdout });
  const stamp = createHash('sha256')
    .update(await readFile(archive))
    .digest('hex')
    .slice(0, 16);
  await writeFile(join(folder, 'stamp'), stamp);
  await rm(tree, { recursive: true });
  return { folder, stamp };
}

async function copyArtifact(artifact: Artifact, target: string): Promise<void> {
  for (const file of artifact.files) {
    await mkdir(dirname(join(target, file.path)), { recursive: true });
    await copyFile(file.source, join(target, file.path));
    await chmod(join(target, file.path), file.mode);
  }
}

/** Docker and what the network needs, with all that they depend on and a bare server lacks. */
async function fetchPackages(folder: string): Promise<void> {
  await using host = await startTestHost({ variant: 'python', durable: true });
  await host.exec(['apt-get', 'update', '-q'], { timeout: 120_000 });
  await host.exec(['apt-get', 'install', '-qy', '--no-install-recommends', '--download-only', ...PACKAGES], { timeout: 300_000 });
  await mkdir(folder, { recursive: true });
  await runCommand(['docker', 'cp', `${host.name}:/var/cache/apt/archives/.`, folder], { timeout: 120_000 });
  for (const name of await readdir(folder)) if (!name.endsWith('.deb')) await rm(join(folder, name), { recursive: true });
}
