import { existsSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { packageRoot } from '../../lib/common/assets.ts';
import { installedPackages, modulesForHosts, OWN_LIBRARIES } from './hosts/host-modules.ts';
import { runCommand, type CommandOptions, type CommandResult } from './run-command.ts';
import { smallInstall } from './small-install.ts';
import { startTestHost, type TestHost, type TestHostOptions } from './test-host.ts';

/** Where the checkout is on a test host. */
export const CHECKOUT = '/root/oo-install';

export interface CheckoutHostOptions extends TestHostOptions {
  /** The first run has still to fetch libatomic, as on a server that lacks it. @default false */
  readonly firstRun?: boolean;
}

/**
 * A test host with this checkout on it as its first run would leave it: its files, and the packages that are not for development. All of it is
 * mounted, read only: thousands of files take seconds to come and to go. Without the tests, which nothing on a host asks for.
 */
export async function startHostWithCheckout({ firstRun = false, ...options }: CheckoutHostOptions = {}): Promise<TestHost> {
  const root = packageRoot();
  const cache = join(root, '.cache', 'hosts');
  mkdirSync(cache, { recursive: true });
  const entries = new Set((await checkoutFiles(root)).map((path) => path.split('/')[0]!));
  entries.delete('test');
  const mounts = [...entries].map((entry) => `${join(root, entry)}:${CHECKOUT}/${entry}:ro`);
  return startTestHost({
    ...options,
    mounts: [
      ...(options.mounts ?? []),
      ...mounts,
      `${await modulesForHosts(root)}:${CHECKOUT}/node_modules:ro`,
      // The cache spares each host the same downloads.
      `${cache}:/root/.cache/oo-install`,
    ],
    disks: { ...options.disks, ...(firstRun ? { [`${CHECKOUT}/node_modules/${OWN_LIBRARIES}`]: '8m' } : {}) },
  });
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

/** Runs `bin/oo-install ARGS...` on the host, from its checkout (small-install.ts). Any exit code is a result. */
export function ooInstall(host: TestHost, args: readonly string[], options: CommandOptions = {}): Promise<CommandResult> {
  return host.exec([`${CHECKOUT}/bin/oo-install`, ...smallInstall(args)], { anyCode: true, timeout: 240_000, ...options });
}
