import { dockerPackages, removeDockerFolders, removeDockerRules, whyDockerStays } from '../docker-use.ts';
import { packageManager } from '../packages/index.ts';
import { runCommand } from '../run-command.ts';
import type { SubjectOf, UndoOutcome } from './journal-entry.ts';
import type { UndoContext } from './undo.ts';

/**
 * Purges exactly the packages that came with us and are still there. Packages that something else needs by now stay, and so does Docker
 * as long as it holds containers, volumes or images of somebody else.
 */
export async function undoPackages(subject: SubjectOf<'packages'>, { progress }: UndoContext): Promise<UndoOutcome> {
  const manager = await packageManager();
  const { present, vital } = await manager.read();
  const came = subject.installed.length > 0 ? subject.installed.map((entry) => entry.name) : cutOff(subject, present);
  let names = came.filter((name) => present.has(name) && !vital.has(name));
  if (names.length === 0) return { outcome: 'undone', message: 'the packages were gone already' };

  const carriesDocker = names.some((name) => dockerPackages.has(name));
  const foreign = carriesDocker ? await whyDockerStays() : '';
  if (foreign !== '') return { outcome: 'kept', message: `Docker and its packages stay: ${foreign}` };

  const others = await manager.needing(names);
  if (others.length > 0) {
    return { outcome: 'kept', message: `${names.join(' ')}: needed by ${others.join(' ')}, which came later` };
  }
  names = names.sort();
  if (carriesDocker) await removeDockerRules();
  progress(`purging ${names.join(' ')}`);
  const failed = await manager.purge(names);
  if (failed !== '') return { outcome: 'kept', message: failed };
  if (carriesDocker) {
    await removeDockerFolders();
    await runCommand(['groupdel', 'docker']);
  }
  return { outcome: 'undone', message: `${names.join(' ')} purged` };
}

/** Of a run that was cut off, what was not there before it. */
function cutOff(subject: SubjectOf<'packages'>, present: ReadonlySet<string>): string[] {
  const before = new Set(subject.before);
  return before.size === 0 ? [] : [...present].filter((name) => !before.has(name));
}
