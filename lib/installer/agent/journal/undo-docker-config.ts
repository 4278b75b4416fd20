import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { errorText } from '../../../common/errors.ts';
import { canReload, reloadDocker, restartDocker, stoppedByRestart, underSystemd } from '../docker-config/docker-daemon.ts';
import { configFileOf, daemonCommand } from '../docker-config/daemon-command.ts';
import { type JsonObject, parseJson } from '../docker-config/json-text.ts';
import { changedKeys, unmergeSettings } from '../docker-config/merge-settings.ts';
import { docker } from '../handlers/docker-handlers.ts';
import { readPathState, restorePathState, writeAtomically } from '../path-state.ts';
import type { SubjectOf, UndoOutcome } from './journal-entry.ts';
import type { UndoContext } from './undo.ts';

/**
 * Takes our settings out of Docker's configuration three-way: untouched since, it becomes what it was to the byte; edited since, our keys go where they are
 * still as we set them, and the edits stay.
 */
export async function undoDockerConfig(
  { path, before, sha256 }: SubjectOf<'docker-config'>,
  { journal }: UndoContext,
): Promise<UndoOutcome> {
  const now = await readPathState(path);
  if (now.kind === 'absent') return { outcome: 'undone', message: `${path} was gone already` };
  if (now.kind !== 'file') return { outcome: 'kept', message: `${path} is a ${now.kind} now, which is not what we wrote` };
  if (before.kind === 'file' && now.sha256 === before.sha256) return { outcome: 'undone', message: `${path} is as it was` };
  const text = await readFile(path, 'utf8');
  const kept: string[] = [];
  if (now.sha256 === sha256) await restorePathState(path, before, journal.backupDir);
  else {
    const backup = async (hash: string) => asObject(await readFile(join(journal.backupDir, hash), 'utf8'));
    const old = before.kind === 'file' ? await backup(before.sha256) : {};
    const result = unmergeSettings(asObject(text), old, await backup(sha256));
    kept.push(...result.kept);
    if (Object.keys(result.settings).length === 0 && before.kind === 'absent')
      await restorePathState(path, before, journal.backupDir);
    else
      await writeAtomically(path, `${JSON.stringify(result.settings, undefined, 2)}\n`, now.mode, { uid: now.uid, gid: now.gid });
  }
  const after = await readFile(path, 'utf8').catch(() => '');
  const isRead = configFileOf(await daemonCommand()) === path;
  const applied = isRead ? await apply(changedKeys(asObject(text), asObject(after)), asObject(after)) : '';
  if (kept.length > 0) return { outcome: 'kept', message: `${path}: ${kept.join(', ')} was edited after we set it${applied}` };
  return { outcome: 'undone', message: `our settings are out of ${path}${applied}` };
}

const asObject = (text: string): JsonObject => (text.trim() === '' ? {} : (parseJson(text) as JsonObject));

/**
 * Docker goes on with what the file says now, unless that would stop somebody's containers. A reload takes over what stands there, but not that
 * something stands there no more.
 */
async function apply(keys: readonly string[], after: JsonObject): Promise<string> {
  if (keys.length === 0) return '';
  try {
    await (await docker()).ping();
  } catch {
    return '';
  }
  try {
    if (canReload(keys) && keys.every((key) => Object.hasOwn(after, key))) await reloadDocker();
    else if (!underSystemd() || (await stoppedByRestart(after)).length > 0) return '; Docker goes by it from its next start on';
    else await restartDocker();
    return '';
  } catch (error) {
    return `; Docker does not come back: ${errorText(error)}`;
  }
}
