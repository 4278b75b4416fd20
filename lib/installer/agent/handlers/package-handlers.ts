import { readFile, readlink, stat } from 'node:fs/promises';
import { agentErrors } from '../agent-errors.ts';
import type { Handlers } from '../call-context.ts';
import type { SubjectOf } from '../journal/journal-entry.ts';
import { lastLines, runCommand } from '../run-command.ts';

const environment = { DEBIAN_FRONTEND: 'noninteractive', NEEDRESTART_MODE: 'l', APT_LISTCHANGES_FRONTEND: 'none' };
const lockFile = '/var/lib/dpkg/lock-frontend';

export const packageHandlers: Handlers<'packages.missing' | 'packages.install'> = {
  'packages.missing': async ({ names }) => {
    const { complete } = await readPackages();
    return { missing: names.filter((name) => !complete.has(name)) };
  },

  'packages.install': async ({ names, lockTimeout }, context) => {
    if (isComplete(names, await readPackages())) return { installed: [] };
    // While somebody else installs, it cannot be told what is theirs.
    await waitForLock(lockTimeout, context.progress);
    const before = await readPackages();
    if (isComplete(names, before)) return { installed: [] };
    const wanted = names.filter((name) => !before.complete.has(name));
    const subject: SubjectOf<'packages'> = { kind: 'packages', requested: wanted, before: [...before.present], installed: [] };
    const id = await context.journal.begin(context.change.phase, context.change.description, subject);
    await finishInterrupted(context.progress);
    await install(wanted, lockTimeout, context.progress);
    const { complete } = await readPackages();
    const came = [...complete].filter(([name]) => !before.present.has(name));
    const installed = came.map(([name, version]) => ({ name, version }));
    await context.journal.done(id, { ...subject, before: [], installed });
    return { installed };
  },
};

/** What dpkg knows. */
export interface PackageStates {
  /** Installed and configured: name and version. */
  readonly complete: ReadonlyMap<string, string>;
  /** On the system in any state: also unpacked only, or waiting for a trigger, as packages are while others are installed. */
  readonly present: ReadonlySet<string>;
  /** Without which the system does not work: never ours to remove. */
  readonly vital: ReadonlySet<string>;
}

export async function readPackages(): Promise<PackageStates> {
  const format = '${db:Status-Status} ${Package} ${Version} ${Essential} ${Priority}\\n';
  return parsePackages((await runCommand(['dpkg-query', '-W', '-f', format])).stdout);
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

const isComplete = (names: readonly string[], packages: PackageStates): boolean =>
  names.every((name) => packages.complete.has(name));

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
