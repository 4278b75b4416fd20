import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { errorText } from '../../../common/errors.ts';
import { hashOf } from '../../artifacts/cache.ts';
import type { CallContext, Handlers } from '../call-context.ts';
import { dockerConfigErrors } from '../docker-config/docker-config-errors.ts';
import { configFileOf, daemonCommand } from '../docker-config/daemon-command.ts';
import { canReload, reloadDocker, restartDocker, stoppedByRestart, underSystemd } from '../docker-config/docker-daemon.ts';
import { type JsonObject, JsonTextError, parseJson } from '../docker-config/json-text.ts';
import { changedKeys, mergeSettings } from '../docker-config/merge-settings.ts';
import { objectionTo } from '../docker-config/validate-config.ts';
import type { JournalEntry, PathState, SubjectOf } from '../journal/journal-entry.ts';
import { readPathState, restorePathState, writeAtomically } from '../path-state.ts';
import { docker } from './docker-handlers.ts';
import { makeParents } from './file-handlers.ts';

/** Docker's daemon.json, and the restart that some of its settings take. */
export const dockerConfigHandlers: Handlers<'docker.configDiffers' | 'docker.configure' | 'docker.restart'> = {
  'docker.configDiffers': async ({ settings }) => {
    const path = configFileOf(await daemonCommand());
    const there = await readSettings(path);
    return { path, keys: changedKeys(there, mergeSettings(there, settings)) };
  },

  'docker.configure': async ({ settings, restart }, context) => {
    const argv = await daemonCommand();
    const path = configFileOf(argv);
    const there = await readSettings(path);
    const merged = mergeSettings(there, settings);
    const keys = changedKeys(there, merged);
    if (keys.length === 0) return { changed: false, applied: 'nothing' };
    const content = `${JSON.stringify(merged, undefined, 2)}\n`;
    await refuseUnfit(content, argv, context);
    const runs = (await answers()) && (underSystemd() || canReload(keys));
    if (runs && !canReload(keys) && !restart) await refuseToStopOthers(keys.join(', '), merged);
    const { id, before } = await write(path, content, context);
    if (!runs) return { changed: true, applied: 'at-start' };
    try {
      if (canReload(keys)) await reloadDocker();
      else await restartDocker();
    } catch (error) {
      await goBack(path, before, id, errorText(error), context);
    }
    return { changed: true, applied: canReload(keys) ? 'reloaded' : 'restarted' };
  },

  'docker.restart': async ({ why, restart }) => {
    if (!underSystemd() || !(await answers())) return { changed: false };
    if (!restart) await refuseToStopOthers(why, await readSettings(configFileOf(await daemonCommand())));
    await restartDocker();
    return { changed: true };
  },
};

/** What the file says; nothing where there is none, or an empty one, as dockerd reads it too. */
async function readSettings(path: string): Promise<JsonObject> {
  const text = await readFile(path, 'utf8').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return '';
    throw error;
  });
  if (text.trim() === '') return {};
  try {
    const value = parseJson(text);
    if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value as JsonObject;
  } catch (error) {
    if (error instanceof JsonTextError) throw dockerConfigErrors.DOCKER_CONFIG_BROKEN(path, error.message);
    throw error;
  }
  throw dockerConfigErrors.DOCKER_CONFIG_BROKEN(path, 'line 1, column 1: an object was expected');
}

async function refuseUnfit(content: string, argv: readonly string[], { paths }: CallContext): Promise<void> {
  const objection = await objectionTo(content, argv, paths.runDir);
  if (objection === '') return;
  const twice = /specified both as a flag and in the configuration file: (.*)/.exec(objection)?.[1];
  if (twice !== undefined) throw dockerConfigErrors.DOCKER_FLAG_CONFLICT(twice);
  throw dockerConfigErrors.DOCKER_CONFIG_REFUSED(objection);
}

async function refuseToStopOthers(what: string, after: JsonObject): Promise<void> {
  const names = await stoppedByRestart(after);
  if (names.length === 0) return;
  const some = names.slice(0, 5).join(', ') + (names.length > 5 ? ', ...' : '');
  throw dockerConfigErrors.DOCKER_RESTART_NEEDED(what, some);
}

const answers = async (): Promise<boolean> =>
  (await docker()).ping().then(
    () => true,
    () => false,
  );

/** With what stood there before, and what we wrote, kept for the way back: the journal itself holds no value of a setting. */
async function write(path: string, content: string, context: CallContext): Promise<{ id: number; before: PathState }> {
  await makeParents(path, context);
  const { journal, change } = context;
  const now = await readPathState(path, journal.backupDir);
  const sha256 = hashOf(content);
  const earlier = openEntry(context, path, now);
  const before = earlier?.subject.before ?? now;
  const subject: SubjectOf<'docker-config'> = { kind: 'docker-config', path, before, sha256 };
  await writeAtomically(join(journal.backupDir, sha256), content, 0o600);
  const id = earlier?.id ?? (await journal.begin(change.phase, change.description, subject));
  const owner = now.kind === 'file' ? { uid: now.uid, gid: now.gid } : undefined;
  await writeAtomically(path, content, now.kind === 'file' ? now.mode : 0o644, owner);
  await journal.done(id, subject);
  return { id, before: now };
}

/** An entry of ours that still describes what stands there is continued. */
function openEntry({ journal }: CallContext, path: string, now: PathState) {
  const last = journal.entries().findLast(({ subject }) => subject.kind === 'docker-config' && subject.path === path);
  if (last?.state !== 'done' || last.subject.kind !== 'docker-config' || now.kind !== 'file') return undefined;
  return last.subject.sha256 === now.sha256 ? (last as JournalEntry & { subject: SubjectOf<'docker-config'> }) : undefined;
}

/** Docker is not to stay down for our sake. */
async function goBack(
  path: string,
  before: PathState,
  id: number,
  why: string,
  { journal, progress }: CallContext,
): Promise<never> {
  progress(`Docker does not come back: ${path} is made what it was`);
  await restorePathState(path, before, journal.backupDir);
  try {
    await restartDocker();
  } catch (error) {
    throw dockerConfigErrors.DOCKER_LOST(path, errorText(error), { cause: new Error(why) });
  }
  await journal.close(id, 'undone', 'Docker did not come back with it');
  throw dockerConfigErrors.DOCKER_SETTINGS_FAILED(path, why);
}
