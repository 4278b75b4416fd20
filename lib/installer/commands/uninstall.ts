import { existsSync } from 'node:fs';
import { errorText } from '../../common/errors.ts';
import { defaultKubeconfig } from '../../common/kubeconfig/kubeconfig-file.ts';
import type { EventBody } from '../progress-event.ts';
import { openSession, type SessionOptions } from '../session.ts';
import type { Host } from '../transport/host.ts';
import { forgetKubeconfig } from './kubeconfig.ts';

type Result = Extract<EventBody, { event: 'result' }>;

/**
 * Takes back what the journal says we did, newest first, and nothing else. What somebody has edited or uses since is kept and told; the
 * journal then stays too, so that a later run can finish.
 */
export async function uninstall(options: SessionOptions): Promise<Result> {
  const begin = performance.now();
  const { reporter } = options;
  // Reading the journal takes the agent, which a dry run otherwise has not.
  const session = openSession({ ...options, dryRun: false });
  const { host } = session;
  reporter.report({ event: 'started', host: host.name, command: 'uninstall', dryRun: options.dryRun });
  try {
    const facts = await host.probe();
    const end = async (outcome: Result['outcome'], changes: number): Promise<Result> => {
      if (outcome !== 'planned') await forgetAt(host);
      const seconds = Math.round((performance.now() - begin) / 100) / 10;
      const result: Result = { event: 'result', host: host.name, command: 'uninstall', outcome, seconds, changes };
      reporter.report(result);
      return result;
    };
    if (!facts.ours.journal && facts.ours.artifacts.size === 0) return end('absent', 0);
    session.progress.phase = 'uninstall';
    const { artifacts } = session.context(facts);
    // The agent does the work: it must be there, in our version, even when only its journal is left.
    const { runtime, openshift } = await artifacts();
    for (const artifact of [runtime, openshift]) {
      if (facts.ours.artifacts.has(artifact.sha256)) continue;
      if (options.dryRun) {
        host.note(
          'what was done here is in a journal, which only the agent of oo-install reads: it is not there in this version, and uninstall puts it there first',
        );
        return end('planned', 0);
      }
      await host.place(artifact);
    }
    const { entries } = await host.agent.call('journal.read', {});
    /** Several entries may be of one change. */
    const told = new Set<string>();
    let kept = 0;
    let undone = 0;
    for (const entry of undoOrder(entries.filter(({ state }) => state !== 'undone'))) {
      options.signal?.throwIfAborted();
      if (options.dryRun) {
        if (told.has(entry.description)) continue;
        told.add(entry.description);
        reporter.report({ event: 'change', host: host.name, phase: 'uninstall', description: `take back: ${entry.description}` });
        continue;
      }
      const { outcome, message } = (await host.change(`take back: ${entry.description}`, (agent) =>
        agent.call('journal.undo', { id: entry.id }),
      ))!;
      reporter.report({ event: 'undo', host: host.name, description: entry.description, outcome, message });
      if (outcome === 'kept') kept++;
      else undone++;
    }
    if (options.dryRun) return end('planned', 0);
    await host.change('remove the agent, the runtime and the bundle', (agent) => agent.call('agent.remove', {}));
    return end(kept > 0 ? 'partly-uninstalled' : 'uninstalled', undone);
  } finally {
    await host.close();
  }
}

/**
 * Newest first. Images that were loaded while the platform ran go with those that were loaded before it was started: until it is gone its pods use them.
 */
export function undoOrder<Entry extends { readonly subject: { readonly kind: string } }>(entries: readonly Entry[]): Entry[] {
  const newestFirst = entries.toReversed();
  const images = newestFirst.filter(({ subject }) => subject.kind === 'image');
  return newestFirst.flatMap((entry) => (entry === images.at(-1) ? images : entry.subject.kind === 'image' ? [] : [entry]));
}

/** What `oo-install kubeconfig` put into this machine's own kubeconfig leads nowhere any more. */
async function forgetAt(host: Host): Promise<void> {
  const path = defaultKubeconfig();
  if (!existsSync(path)) return;
  try {
    const { removed } = await forgetKubeconfig(host.name, path);
    for (const name of removed) host.note(`context ${name} was taken out of ${path}`);
  } catch (error) {
    host.warn(`${path} may still have a context of ${host.name}: ${errorText(error)}`);
  }
}
