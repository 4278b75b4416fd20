import { existsSync, readFileSync } from 'node:fs';
import { copyFile, mkdir, readdir, rename, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { debianArchitecture } from '../../../lib/installer/artifacts/debian-architecture.ts';
import { nodeRuntime } from '../../../lib/installer/artifacts/runtime.ts';
import { hashOf } from '../../../lib/installer/artifacts/cache.ts';
import { runCommand } from '../run-command.ts';

/** Where a first run puts libatomic, below node_modules, on a server that lacks it. */
export const OWN_LIBRARIES = '.oo-runtime';

/**
 * A node_modules as a first run leaves it, for hosts to mount: hard links to the packages of this checkout that are not for development, and libatomic.
 * One for each package-lock.json; made when it is first asked for.
 */
export async function modulesForHosts(root: string): Promise<string> {
  const all = join(root, '.cache', 'host-modules');
  const name = hashOf(readFileSync(join(root, 'package-lock.json'), 'utf8')).slice(0, 16);
  const folder = join(all, name);
  if (existsSync(folder)) return folder;
  const part = join(all, `${name}.${process.pid}.part`);
  await rm(part, { recursive: true, force: true });
  for (const path of installedPackages(root)) {
    const target = join(part, path.slice('node_modules/'.length));
    await mkdir(dirname(target), { recursive: true });
    await runCommand(['cp', '-al', join(root, path), target]);
  }
  await copyFile(join(root, 'node_modules', '.package-lock.json'), join(part, '.package-lock.json'));
  await mkdir(join(part, OWN_LIBRARIES, 'lib'), { recursive: true });
  await copyFile(await ownLibatomic(root), join(part, OWN_LIBRARIES, 'lib', 'libatomic.so.1'));
  // Another process may have been faster: its folder holds the same.
  await rename(part, folder).catch(() => rm(part, { recursive: true }));
  for (const other of await readdir(all))
    if (/^[0-9a-f]{16}$/.test(other) && other !== name) await rm(join(all, other), { recursive: true, force: true });
  return folder;
}

/** The one that is streamed to servers. */
async function ownLibatomic(root: string): Promise<string> {
  const { files } = await nodeRuntime({ cacheDir: join(root, '.cache', 'hosts'), arch: debianArchitecture() });
  return files.find(({ path }) => path === 'lib/libatomic.so.1')!.source;
}

/** Folders of the packages that a first run leaves, such as `node_modules/zod`. */
export function installedPackages(root: string): string[] {
  const lock = JSON.parse(readFileSync(join(root, 'package-lock.json'), 'utf8')) as {
    packages: Record<string, { dev?: boolean; peer?: boolean }>;
  };
  return Object.entries(lock.packages)
    .filter(([path, { dev, peer }]) => path.lastIndexOf('node_modules/') === 0 && !dev && !peer && existsSync(join(root, path)))
    .map(([path]) => path);
}
