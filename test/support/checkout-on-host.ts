import { existsSync, mkdirSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { packageRoot } from '../../lib/common/assets.ts';
import { runCommand, type CommandOptions, type CommandResult } from './run-command.ts';
import { smallInstall } from './small-install.ts';
import { startTestHost, type TestHost, type TestHostOptions } from './test-host.ts';

/** Where the checkout is on a test host. */
export const CHECKOUT = '/root/oo-install';

/** Packages of at least so many files are mounted, not copied: they are only read, and thousands of files take seconds to come and to go. */
const MANY_FILES = 60;

/** A test host with this checkout on it as its first run would leave it: its files, and the packages that are not for development. */
export async function startHostWithCheckout(options: TestHostOptions = {}): Promise<TestHost> {
  const root = packageRoot();
  const cache = join(root, '.cache', 'hosts');
  mkdirSync(cache, { recursive: true });
  const packages = installedPackages(root);
  const mounted = packages.filter((path) => readdirSync(join(root, path), { recursive: true }).length >= MANY_FILES);
  // The cache spares each host the same downloads.
  const host = await startTestHost({
    ...options,
    mounts: [
      ...(options.mounts ?? []),
      ...mounted.map((path) => `${join(root, path)}:${CHECKOUT}/${path}:ro`),
      `${cache}:/root/.cache/oo-install`,
    ],
  });
  try {
    const modules = packages.filter((path) => !mounted.includes(path));
    await host.copyIn(root, CHECKOUT, [...(await checkoutFiles(root)), ...modules, 'node_modules/.package-lock.json']);
  } catch (error) {
    await host.dispose();
    throw error;
  }
  return host;
}

/** The same on any server, such as a virtual machine, that shares no folder with this one. */
export async function copyCheckoutTo(host: TestHost): Promise<void> {
  const root = packageRoot();
  await host.copyIn(root, CHECKOUT, await checkoutMembers(root));
  const cache = join(root, '.cache', 'hosts');
  if (existsSync(cache)) await host.copyIn(cache, '/root/.cache/oo-install');
}

/** The same in a folder of this machine. */
export async function copyCheckout(folder: string): Promise<void> {
  const root = packageRoot();
  const script = 'tar -C "$1" --null --files-from=- -c | tar -C "$2" -x';
  await runCommand(['sh', '-c', script, 'sh', root, folder], { stdin: (await checkoutMembers(root)).join('\0') });
}

async function checkoutMembers(root: string): Promise<string[]> {
  return [...(await checkoutFiles(root)), ...installedPackages(root), 'node_modules/.package-lock.json'];
}

async function checkoutFiles(root: string): Promise<string[]> {
  const { stdout } = await runCommand(['git', '-c', 'safe.directory=*', '-C', root, 'ls-files', '-coz', '--exclude-standard']);
  return stdout.split('\0').filter((path) => path !== '' && existsSync(join(root, path)));
}

/** Folders of the packages that a first run leaves. */
function installedPackages(root: string): string[] {
  const lock = JSON.parse(readFileSync(join(root, 'package-lock.json'), 'utf8')) as {
    packages: Record<string, { dev?: boolean; peer?: boolean }>;
  };
  return Object.entries(lock.packages)
    .filter(([path, { dev, peer }]) => path.lastIndexOf('node_modules/') === 0 && !dev && !peer && existsSync(join(root, path)))
    .map(([path]) => path);
}

/** Runs `bin/oo-install ARGS...` on the host, from its checkout (small-install.ts). Any exit code is a result. */
export function ooInstall(host: TestHost, args: readonly string[], options: CommandOptions = {}): Promise<CommandResult> {
  return host.exec([`${CHECKOUT}/bin/oo-install`, ...smallInstall(args)], { anyCode: true, timeout: 240_000, ...options });
}
