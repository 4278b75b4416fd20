import { readFile, readlink, stat } from 'node:fs/promises';
import { agentErrors } from '../agent-errors.ts';
import type { Handlers } from '../call-context.ts';
import type { SubjectOf } from '../journal/journal-entry.ts';
import { lastLines, runCommand } from '../run-command.ts';

const environment = { DEBIAN_FRONTEND: 'noninteractive', NEEDRESTART_MODE: 'l', APT_LISTCHANGES_FRONTEND: 'none' };
const lockFile = '/var/lib/dpkg/lock-frontend';

export const packageHandlers: Handlers<'packages.missing' | 'packages.install'> = {
  'packages.missing': async ({ names }) => {
    const installed = await installedPackages();
    return { missing: names.filter((name) => !installed.has(name)) };
  },

  'packages.install': async ({ names, lockTimeout }, context) => {
    const before = await installedPackages();
    const wanted = names.filter((name) => !before.has(name));
    if (wanted.length === 0) return { installed: [] };
    const subject: SubjectOf<'packages'> = { kind: 'packages', requested: wanted, before: [...before.keys()], installed: [] };
    const id = await context.journal.begin(context.change.phase, context.change.description, subject);
    await waitForLock(lockTimeout, context.progress);
    await finishInterrupted(context.progress);
    await install(wanted, lockTimeout, context.progress);
    const after = await installedPackages();
    const installed = [...after].filter(([name]) => !before.has(name)).map(([name, version]) => ({ name, version }));
    await context.journal.done(id, { ...subject, before: [], installed });
    return { installed };
  },
};

/** Name and version of every package that is installed, or half installed by somebody who was cut off. */
export async function installedPackages(): Promise<Map<string, string>> {
  const { stdout } = await runCommand(['dpkg-query', '-W', '-f', '${db:Status-Status} ${Package} ${Version}\\n']);
  const packages = new Map<string, string>();
  for (const line of stdout.split('\n')) {
    const [status, name, version] = line.split(' ');
    if (name !== undefined && version !== undefined && status === 'installed') packages.set(name, version);
  }
  return packages;
}

async function install(names: readonly string[], lockTimeout: number, progress: (line: string) => void): Promise<void> {
  const argv = [
    'apt-get',
    '-q',
    '-y',
    '-o',
    `DPkg::Lock::Timeout=${lockTimeout}`,
    '-o',
    'Dpkg::Options::=--force-confdef',
    '-o',
    'Dpkg::Options::=--force-confold',
    'install',
    '--no-install-recommends',
    '--no-remove',
    ...names,
  ];
  const onLine = (line: string) => {
    const step = /^(?:Setting up|Unpacking) (\S+)/.exec(line) ?? /^(Need to get .+ of archives)/.exec(line);
    if (step !== null) progress(line.replace(/ \.\.\.$/, ''));
  };
  const options = { env: environment, timeout: 900_000, onLine };
  const first = await runCommand(argv, options);
  if (first.code === 0) return;
  // A minimal system has no package lists yet, and old lists name files that the mirror no longer has.
  progress('fetching the package lists');
  const update = await runCommand(['apt-get', '-q', 'update'], { env: environment, timeout: 300_000 });
  const second = await runCommand(argv, options);
  if (second.code === 0) return;
  const why = lastLines(second.stderr, 4) || lastLines(update.stderr, 4) || lastLines(second.stdout, 4);
  throw agentErrors.PACKAGES_FAILED(names.join(' '), why);
}

/** What an apt or dpkg that was killed left half done is finished first, as dpkg itself asks for. */
async function finishInterrupted(progress: (line: string) => void): Promise<void> {
  const audit = await runCommand(['dpkg', '--audit']);
  if (audit.stdout.trim() === '') return;
  progress('finishing an interrupted package installation');
  await runCommand(['dpkg', '--force-confdef', '--force-confold', '--configure', '-a'], { env: environment, timeout: 600_000 });
}

/** Waits, bounded and visibly, for whoever holds the package database. */
async function waitForLock(seconds: number, progress: (line: string) => void): Promise<void> {
  for (let waited = 0; ; waited++) {
    const holder = await lockHolder();
    if (holder === undefined) return;
    if (waited >= seconds) throw agentErrors.PACKAGE_LOCK_HELD(seconds, holder);
    if (waited % 5 === 0) progress(`waiting for ${holder} to release the package database (${waited} s)`);
    await new Promise((resolve) => setTimeout(resolve, 1000));
  }
}

/** Who holds dpkg's lock, from the kernel's table of locks (proc_locks(5)). */
async function lockHolder(): Promise<string | undefined> {
  const file = await stat(lockFile).catch(() => undefined);
  if (file === undefined) return undefined;
  const locks = await readFile('/proc/locks', 'utf8').catch(() => '');
  const line = locks.split('\n').find((candidate) => candidate.split(/\s+/)[5]?.endsWith(`:${file.ino}`));
  if (line === undefined) return undefined;
  const pid = line.trim().split(/\s+/)[4] ?? '';
  const program = await readlink(`/proc/${pid}/exe`).catch(() => 'another process');
  return `${program} (process ${pid})`;
}
