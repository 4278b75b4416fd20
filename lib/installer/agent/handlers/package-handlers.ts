import { readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { agentErrors } from '../agent-errors.ts';
import type { CallContext, Handlers } from '../call-context.ts';
import type { SubjectOf } from '../journal/journal-entry.ts';
import { findPackageManager, packageManager, waitForPackageLock } from '../packages/index.ts';
import { installPackageFiles, unpackPackages } from '../packages/package-files.ts';
import { mirrorsReachable } from '../packages/mirrors.ts';
import { resolvingStatus } from '../packages/apt.ts';
import type { InstallOptions, Outcome, PackageManager, PackageStates } from '../packages/package-manager.ts';

type Calls = 'packages.missing' | 'packages.install' | 'packages.installFiles' | 'packages.status' | 'packages.reachable';

/** The distribution's packages, by its own package manager. */
export const packageHandlers: Handlers<Calls> = {
  'packages.missing': async ({ names }) => {
    const complete = (await (await findPackageManager())?.read())?.complete ?? new Map<string, string>();
    return { missing: names.filter((name) => !complete.has(name)) };
  },

  'packages.status': async () => ({ status: resolvingStatus(await readFile('/var/lib/dpkg/status', 'utf8').catch(() => '')) }),

  'packages.reachable': async () => mirrorsReachable(),

  'packages.install': async ({ names, lockTimeout }, context) => {
    const manager = await packageManager();
    return installing(manager, names, lockTimeout, context, (wanted, options) => manager.install(wanted, options));
  },

  'packages.installFiles': async ({ names, lockTimeout, path, sha256, files }, context) => {
    const manager = await packageManager();
    const scratch = join(context.paths.stateDir, 'packages');
    try {
      return await installing(manager, names, lockTimeout, context, async (_wanted, options) => {
        const paths = await unpackPackages({ path, sha256 }, files, join(scratch, 'files'));
        return installPackageFiles(paths, scratch, options);
      });
    } finally {
      await rm(scratch, { recursive: true, force: true });
    }
  },
};

/** What both ways share: nothing to do, waiting, the journal, finishing what was interrupted, and what came in the end. */
async function installing(
  manager: PackageManager,
  names: readonly string[],
  lockTimeout: number,
  context: CallContext,
  install: (wanted: readonly string[], options: InstallOptions) => Promise<Outcome>,
): Promise<{ installed: { name: string; version: string }[] }> {
  if (isComplete(names, await manager.read())) return { installed: [] };
  // While somebody else installs, it cannot be told what is theirs.
  await waitForPackageLock(manager, lockTimeout, context.progress);
  const before = await manager.read();
  if (isComplete(names, before)) return { installed: [] };
  const wanted = names.filter((name) => !before.complete.has(name));
  const subject: SubjectOf<'packages'> = { kind: 'packages', requested: wanted, before: [...before.present], installed: [] };
  const id = await context.journal.begin(context.change.phase, context.change.description, subject);
  await manager.finishInterrupted(context.progress);
  const failed = await install(wanted, { lockTimeout, progress: context.progress });
  if (failed !== '') throw agentErrors.PACKAGES_FAILED(manager.name, wanted.join(' '), failed);
  const { complete } = await manager.read();
  const came = [...complete].filter(([name]) => !before.present.has(name));
  const installed = came.map(([name, version]) => ({ name, version }));
  await context.journal.done(id, { ...subject, before: [], installed });
  return { installed };
}

const isComplete = (names: readonly string[], packages: PackageStates): boolean =>
  names.every((name) => packages.complete.has(name));
