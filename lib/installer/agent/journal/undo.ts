import { readdir, rm, rmdir, writeFile } from 'node:fs/promises';
import { errorText } from '../../../common/errors.ts';
import type { AgentPaths } from '../call-context.ts';
import { dockerPackages, runningForeigners, whyDockerStays } from '../docker-use.ts';
import { readPathState, restorePathState, temporaryFor } from '../path-state.ts';
import { runCommand } from '../run-command.ts';
import { askSupervisor } from '../supervisor/supervisor-client.ts';
import type { JournalEntry, JournalSubject, SubjectOf, UndoOutcome } from './journal-entry.ts';
import type { Journal } from './journal.ts';
import { removeTree } from './remove-tree.ts';
import { undoDockerConfig } from './undo-docker-config.ts';
import { undoImage } from './undo-image.ts';
import { undoPackages } from './undo-packages.ts';
import { undoPrograms } from './undo-programs.ts';

/** What taking back may need to know. */
export interface UndoContext {
  readonly journal: Journal;
  readonly paths: AgentPaths;
  progress(line: string): void;
}

type Undoers = { readonly [K in JournalSubject['kind']]: (subject: SubjectOf<K>, context: UndoContext) => Promise<UndoOutcome> };

const undone = (message: string): UndoOutcome => ({ outcome: 'undone', message });
const kept = (message: string): UndoOutcome => ({ outcome: 'kept', message });

/** How each kind of change is taken back. What somebody else has changed since is theirs now, and is kept and told. */
const undoers: Undoers = {
  file: async ({ path, before, sha256 }, { journal }) => {
    await rm(temporaryFor(path), { force: true });
    const now = await readPathState(path);
    if (now.kind === 'absent') return undone(`${path} was gone already`);
    if (now.kind !== 'file') return kept(`${path} is a ${now.kind} now, which is not what we wrote`);
    // Cut off before it was written: what stands there is still what stood there before.
    if (before.kind === 'file' && now.sha256 === before.sha256) return undone(`${path} is as it was`);
    if (now.sha256 !== sha256) return kept(`${path} was edited after we wrote it`);
    await restorePathState(path, before, journal.backupDir);
    if (path.startsWith('/etc/systemd/system/')) await runCommand(['systemctl', 'daemon-reload']);
    return undone(before.kind === 'absent' ? `${path} removed` : `${path} restored`);
  },

  directory: async ({ path, tree }) => {
    if ((await readPathState(path)).kind !== 'directory') return undone(`${path} was gone already`);
    if (tree) {
      await removeTree(path);
      return undone(`${path} and all in it removed`);
    }
    const held = await readdir(path);
    if (held.length > 0) return kept(`${path} holds ${held.slice(0, 5).join(', ')}, which is not ours`);
    await rmdir(path);
    return undone(`${path} removed`);
  },

  'docker-config': undoDockerConfig,
  packages: undoPackages,
  programs: undoPrograms,
  image: undoImage,

  unit: async ({ name, before }, { journal }) => {
    if (before.active === 'active' && before.enabled === 'enabled') return undone(`${name} left running, as it was`);
    const why = name === 'docker.service' ? await whyDockerMustRun(journal) : '';
    if (why !== '') return kept(`${name} stays: ${why}`);
    // Docker's socket would start it again at the next call.
    const units = name === 'docker.service' ? ['docker.socket', name] : [name];
    if (before.active !== 'active') await runCommand(['systemctl', 'stop', ...units], { timeout: 120_000 });
    if (before.enabled !== 'enabled') await runCommand(['systemctl', 'disable', '--quiet', name]);
    await runCommand(['systemctl', 'reset-failed', name]);
    return undone(
      `${name} ${before.active === 'active' ? 'left running' : 'stopped'}${before.enabled === 'enabled' ? '' : ', disabled'}`,
    );
  },

  service: async ({ name, log }, { paths, journal }) => {
    const why = name === 'docker' ? await whyDockerMustRun(journal) : '';
    if (why !== '') return kept(`${name} stays: ${why}`);
    await askSupervisor(paths.runDir, { op: 'stop', name });
    await rm(`${paths.runDir}/services/${name}.json`, { force: true });
    for (const suffix of ['', '.1', '.2', '.3']) await rm(log + suffix, { force: true });
    return undone(`${name} stopped`);
  },

  sysctls: async ({ before, set }) => {
    const changed: string[] = [];
    for (const [key, value] of Object.entries(before)) {
      // Turning forwarding off would cut off whatever came to rely on it: Docker sets it too.
      if (key === 'net.ipv4.ip_forward' || key.startsWith('net.bridge.')) continue;
      await writeFile(`/proc/sys/${key.replaceAll('.', '/')}`, value).catch(() => undefined);
      changed.push(key);
    }
    const left = Object.keys(set).filter((key) => !changed.includes(key));
    return undone(
      left.length === 0 ? 'sysctls restored' : `${left.join(', ')} left on until the next boot: other programs may rely on it`,
    );
  },

  platform: async ({ program, config, dataDir, kubeconfig }, { progress }) => {
    progress('removing the pods, their network and their rules');
    const { code, stderr, stdout } = await runCommand([program, 'node', 'cleanup', '--config', config], {
      timeout: 180_000,
      onLine: progress,
    });
    if (code !== 0 && code !== 127) return kept(`openshift node cleanup failed: ${(stderr || stdout).trim().slice(-300)}`);
    await removeTree(dataDir);
    await rm(kubeconfig, { force: true });
    return undone(`pods, network rules and ${dataDir} removed`);
  },
};

/** Docker that came with us goes with all that it holds, so all that it holds must be ours; one that was here only stops. */
async function whyDockerMustRun(journal: Journal): Promise<string> {
  const came = journal
    .entries()
    .some(
      ({ state, subject }) =>
        state !== 'undone' &&
        ((subject.kind === 'packages' && subject.requested.some((name) => dockerPackages.has(name))) ||
          (subject.kind === 'programs' && subject.name === 'docker')),
    );
  return came ? whyDockerStays() : runningForeigners();
}

/** Takes one change back, and writes into the journal what became of it. */
export async function undoEntry(entry: JournalEntry, context: UndoContext): Promise<UndoOutcome> {
  const undo = undoers[entry.subject.kind] as (subject: JournalSubject, context: UndoContext) => Promise<UndoOutcome>;
  const outcome = await undo(entry.subject, context).catch((error: unknown) => kept(errorText(error)));
  await context.journal.close(entry.id, outcome.outcome, outcome.message);
  return outcome;
}
