import { platformPaths } from '../phases/context.ts';
import type { EventBody } from '../progress-event.ts';
import { openSession, platformRuns, type SessionOptions } from '../session.ts';

type Status = Extract<EventBody, { event: 'status' }>;

/** What is there, and whether it works. Changes nothing: without an installation there is no agent to ask, and none is brought. */
export async function status(options: SessionOptions): Promise<Status> {
  const session = openSession(options);
  const { host } = session;
  try {
    const facts = await host.probe();
    const { docker } = facts;
    const installed = facts.ours.journal && facts.ours.current.has('openshift');
    const base = {
      event: 'status' as const,
      host: host.name,
      installed,
      kubeconfig: facts.ours.kubeconfig ? platformPaths.kubeconfig : '',
      docker: docker.running ? `${docker.version} is running` : docker.dockerd === '' ? 'absent' : `stopped: ${docker.error}`,
      supervisor: facts.units.openshift !== undefined ? 'systemd' : facts.ours.services.size > 0 ? 'oo-install' : 'none',
      version: facts.ours.current.get('openshift')?.slice(0, 12) ?? '',
    } satisfies Partial<Status>;
    const stopped: Pick<Status, 'platform' | 'reason' | 'api' | 'changes'> = {
      platform: installed ? 'stopped' : 'absent',
      reason: '',
      api: '',
      changes: [],
    };
    const context = session.context(facts);
    const { runtime, openshift } = await context.artifacts();
    const canAsk = [runtime, openshift].every(({ sha256 }) => facts.ours.artifacts.has(sha256));
    let found: Status = { ...base, ...stopped };
    if (installed && canAsk) {
      const health = await host.agent.call('platform.health', { kubeconfig: platformPaths.kubeconfig });
      const { entries } = await host.agent.call('journal.read', {});
      const platform = health.ready && health.nodeReady ? 'ready' : platformRuns(facts) ? 'starting' : 'stopped';
      const changes = entries.filter(({ state }) => state !== 'undone').map(({ description }) => description);
      found = { ...base, platform, reason: health.reason, api: health.server, changes: [...new Set(changes)] };
    } else if (installed) {
      const reason = 'it was installed by another version of oo-install: run oo-install to bring it up to this one';
      found = { ...base, ...stopped, platform: platformRuns(facts) ? 'starting' : 'stopped', reason };
    }
    options.reporter.report(found);
    return found;
  } finally {
    await host.close();
  }
}
