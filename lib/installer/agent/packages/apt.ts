import { lastLines, runCommand } from '../run-command.ts';
import { fileLockHolder } from './file-locks.ts';
import type { InstallOptions, Outcome, PackageManager, PackageStates } from './package-manager.ts';

const aptEnvironment = { DEBIAN_FRONTEND: 'noninteractive', NEEDRESTART_MODE: 'l', APT_LISTCHANGES_FRONTEND: 'none' };
/** Of apt(8) and dpkg(1). An `apt-get update` at boot holds that of the lists alone. */
const lockFiles = [
  '/var/lib/dpkg/lock-frontend',
  '/var/lib/dpkg/lock',
  '/var/lib/apt/lists/lock',
  '/var/cache/apt/archives/lock',
];

/** apt-get(8) and dpkg(1). */
export const apt: PackageManager = {
  name: 'apt',

  async read() {
    const format = '${db:Status-Status} ${Package} ${Version} ${Essential} ${Priority}\\n';
    return parsePackages((await runCommand(['dpkg-query', '-W', '-f', format])).stdout);
  },

  lockHolder: () => fileLockHolder(lockFiles),

  async finishInterrupted(progress) {
    const audit = await runCommand(['dpkg', '--audit']);
    if (audit.stdout.trim() === '') return;
    progress('finishing an interrupted package installation');
    const configure = ['dpkg', '--force-confdef', '--force-confold', '--configure', '-a'];
    await runCommand(configure, { env: aptEnvironment, timeout: 600_000 });
  },

  async install(names, options) {
    const first = await aptInstall(names, options);
    if (first === '') return '';
    // A minimal system has no package lists yet, and old lists name files that the mirror no longer has.
    options.progress('fetching the package lists');
    const update = await runCommand(['apt-get', '-q', 'update'], { env: aptEnvironment, timeout: 300_000 });
    const second = await aptInstall(names, options);
    return second === '' ? '' : lastLines(update.stderr, 2) || second;
  },

  async needing(names) {
    const { stdout } = await runCommand(['apt-get', '-s', '-q', 'purge', ...names], { env: aptEnvironment });
    const gone = [...stdout.matchAll(/^(?:Purg|Remv) (\S+)/gm)].map((match) => match[1]!);
    return gone.filter((name) => !names.includes(name));
  },

  async purge(names) {
    const argv = ['apt-get', '-q', '-y', '-o', 'DPkg::Lock::Timeout=300', 'purge', ...names];
    const { code, stderr } = await runCommand(argv, { env: aptEnvironment, timeout: 600_000 });
    return code === 0 ? '' : `apt-get purge: ${lastLines(stderr, 4)}`;
  },
};

/** Names, or paths of package files. `more`: further options of apt-get. */
export async function aptInstall(
  what: readonly string[],
  { lockTimeout, progress }: InstallOptions,
  more: readonly string[] = [],
): Promise<Outcome> {
  const options = [
    `DPkg::Lock::Timeout=${lockTimeout}`,
    'Dpkg::Options::=--force-confdef',
    'Dpkg::Options::=--force-confold',
    ...more,
  ].flatMap((option) => ['-o', option]);
  const argv = ['apt-get', '-q', '-y', ...options, 'install', '--no-install-recommends', '--no-remove', ...what];
  const onLine = (line: string) => {
    const step = /^(?:Setting up|Unpacking) (\S+)/.exec(line) ?? /^(Need to get .+ of archives)/.exec(line);
    if (step !== null) progress(line.replace(/ \.\.\.$/, ''));
  };
  const { code, stdout, stderr } = await runCommand(argv, { env: aptEnvironment, timeout: 900_000, onLine });
  return code === 0 ? '' : lastLines(stderr, 4) || lastLines(stdout, 4) || `status ${code}`;
}

/** Reads dpkg-query's lines of status, name, version, Essential and Priority (states: dpkg(1)). */
export function parsePackages(text: string): PackageStates {
  const complete = new Map<string, string>();
  const present = new Set<string>();
  const vital = new Set<string>();
  for (const line of text.split('\n')) {
    const [status = '', name = '', version = '', essential, priority] = line.split(' ');
    if (name === '' || status === 'not-installed' || status === 'config-files') continue;
    present.add(name);
    if (status === 'installed') complete.set(name, version);
    if (essential === 'yes' || priority === 'required') vital.add(name);
  }
  return { complete, present, vital };
}

/**
 * Fields of dpkg's database by which apt resolves dependencies, and those by which it tells whether an installed package is the one of that
 * version in an archive: with one of them missing it would want to install it again. The others are descriptions.
 */
const resolving =
  /^(Package|Status|Essential|Important|Priority|Installed-Size|Architecture|Multi-Arch|Version|Pre-Depends|Depends|Provides|Conflicts|Breaks|Replaces)$/;

/** dpkg's database with no more than what decides about dependencies: a third of its size, to be sent to the operator. */
export function resolvingStatus(text: string): string {
  const kept: string[] = [];
  let keep = false;
  for (const line of text.split('\n')) {
    const field = /^([A-Za-z-]+):/.exec(line)?.[1];
    // A line that begins with a space continues the field before it (deb822(5)).
    if (field !== undefined) keep = resolving.test(field);
    if (line === '' || keep) kept.push(line);
  }
  return `${kept.join('\n').trim()}\n`;
}
