import { rm } from 'node:fs/promises';
import { removeDockerFolders, removeDockerRules, whyDockerStays } from '../docker-use.ts';
import { readPathState } from '../path-state.ts';
import { runCommand } from '../run-command.ts';
import type { SubjectOf, UndoOutcome } from './journal-entry.ts';

/** Removes static builds that we put in place. One that was replaced since is its owner's; Docker stays as long as it holds what is not ours. */
export async function undoPrograms({ name, files }: SubjectOf<'programs'>): Promise<UndoOutcome> {
  if (name === 'docker') {
    const foreign = await whyDockerStays();
    if (foreign !== '') return { outcome: 'kept', message: `Docker stays: ${foreign}` };
    await removeDockerRules();
  }
  const kept: string[] = [];
  for (const { path, sha256 } of files) {
    const now = await readPathState(path);
    if (now.kind === 'absent') continue;
    if (now.kind === 'file' && now.sha256 === sha256) await rm(path);
    else kept.push(path);
  }
  if (files.some(({ path }) => path.endsWith('.service'))) await runCommand(['systemctl', 'daemon-reload']);
  if (kept.length > 0) return { outcome: 'kept', message: `${kept.join(', ')} changed after we put it in place` };
  if (name === 'docker') await removeDockerFolders();
  return { outcome: 'undone', message: `${files.length} files of ${name} removed` };
}
