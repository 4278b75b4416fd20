import { readFile } from 'node:fs/promises';
import { lastLines, runCommand } from '../run-command.ts';
import type { Outcome, PackageManager, PackageStates } from './package-manager.ts';

/** What both package managers over rpm(8) share: reading its database, and what stands in the way of a removal. */
const shared = {
  async read() {
    return parseRpmPackages((await runCommand(['rpm', '-qa', '--qf', '%{NAME} %{EVR}\\n'])).stdout);
  },
  // rpm finishes or rolls back by itself: its transactions leave no half-configured packages.
  finishInterrupted: async () => undefined,
  async needing(names: readonly string[]) {
    const { stdout, stderr } = await runCommand(['rpm', '-e', '--test', ...names]);
    return parseNeeding(`${stdout}\n${stderr}`);
  },
} satisfies Partial<PackageManager>;

/** dnf(8) of Fedora, RHEL and their kin, in version 4 and 5. It waits for its own lock. */
export const dnf: PackageManager = {
  ...shared,
  name: 'dnf',
  lockHolder: () => holderOf(['/var/cache/dnf/metadata_lock.pid', '/run/dnf/rpmtransaction.lock', '/var/lib/dnf/rpmdb_lock.pid']),
  install: (names, { progress }) =>
    run(['dnf', '-y', '--setopt=install_weak_deps=False', 'install', ...names], (line) => dnfProgress(line, progress)),
  // What else came to be unneeded stays: it may have been somebody's before.
  purge: (names) => run(['dnf', '-y', '--setopt=clean_requirements_on_remove=False', 'remove', ...names]),
};

/** zypper(8) of openSUSE and SLES. */
export const zypper: PackageManager = {
  ...shared,
  name: 'zypper',
  lockHolder: () => holderOf(['/run/zypp.pid', '/var/run/zypp.pid']),
  install: (names, { lockTimeout, progress }) =>
    run(
      ['zypper', '--non-interactive', 'install', '--no-recommends', ...names],
      (line) => zypperProgress(line, progress),
      { ZYPP_LOCK_TIMEOUT: String(lockTimeout) },
      zypperSuccess,
    ),
  purge: (names) => run(['zypper', '--non-interactive', 'remove', '--no-clean-deps', ...names], undefined, {}, zypperSuccess),
};

/** 102 and 103 ask for a reboot or a restart of zypper itself after a success; 106 tells of a repository that was skipped (zypper(8)). */
const zypperSuccess: ReadonlySet<number> = new Set([0, 102, 103, 106]);

async function run(
  argv: readonly string[],
  onLine?: (line: string) => void,
  env: Readonly<Record<string, string>> = {},
  success: ReadonlySet<number> = new Set([0]),
): Promise<Outcome> {
  const { code, stdout, stderr } = await runCommand(argv, { timeout: 900_000, env, ...(onLine === undefined ? {} : { onLine }) });
  if (success.has(code)) return '';
  return `${argv[0]}: ${lastLines(stderr, 4) || lastLines(stdout, 4) || `status ${code}`}`;
}

/** Lines of name and version; keys of signers are in the same database under one name. */
export function parseRpmPackages(text: string): PackageStates {
  const complete = new Map<string, string>();
  for (const line of text.split('\n')) {
    const [name = '', version = ''] = line.split(' ');
    if (name !== '' && name !== 'gpg-pubkey') complete.set(name, version);
  }
  return { complete, present: new Set(complete.keys()), vital: new Set() };
}

/** `libfoo.so.1 is needed by (installed) bar-1.0-1.fc42.x86_64`: the names of those that need it. */
export function parseNeeding(text: string): string[] {
  const names = [...text.matchAll(/is needed by \(installed\) (\S+)-[^-\s]+-[^-\s]+$/gm)].map((match) => match[1]!);
  return [...new Set(names)];
}

/** `  Installing       : docker-25.0.8-1.amzn2023.x86_64   3/9` of version 4, `[ 3/11] Installing docker-cli-0:28.2.2-1 100% |` of version 5. */
export function dnfProgress(line: string, progress: (line: string) => void): void {
  const step = /^Installing\s*: (\S+)/.exec(line) ?? /^\[ *\d+\/\d+\] Installing (\S+)/.exec(line);
  if (step !== null) progress(`Installing ${step[1]}`);
  else if (line.startsWith('Total download size: ')) progress(line);
}

/** `( 3/12) Installing: docker-27.5.1-150000.1.x86_64 [....done]`. */
export function zypperProgress(line: string, progress: (line: string) => void): void {
  const step = /^\( *\d+\/\d+\) Installing: (\S+)/.exec(line);
  if (step !== null) progress(`Installing ${step[1]}`);
}

/** The living process that one of these files names. */
async function holderOf(files: readonly string[]): Promise<string | undefined> {
  for (const file of files) {
    const pid = /^\d+/.exec((await readFile(file, 'utf8').catch(() => '')).trim())?.[0];
    if (pid === undefined) continue;
    const command = await readFile(`/proc/${pid}/comm`, 'utf8').catch(() => undefined);
    if (command !== undefined) return `${command.trim()} (process ${pid})`;
  }
  return undefined;
}
