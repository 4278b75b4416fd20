import { errorText } from '../../common/errors.ts';
import { platformImageReferences } from '../artifacts/images/platform-image-names.ts';
import { versionText } from '../artifacts/artifact-version.ts';
import type { CallResult } from '../agent/call-schemas.ts';
import { type InstallContext, platformPaths } from '../phases/context.ts';
import type { EventBody } from '../progress-event.ts';
import { openSession, platformRuns, type SessionOptions } from '../session.ts';
import type { Facts } from '../transport/facts.ts';
import type { Host } from '../transport/host.ts';
import { isInstalled } from './installed-host.ts';

type Status = Extract<EventBody, { event: 'status' }>;
type Asked = Pick<Status, 'platform' | 'reason' | 'api' | 'changes' | 'upgrade' | 'certificates' | 'pods' | 'parts'>;

/** Days that a certificate must have left: the daemon renews those with fewer, but only when it starts. */
const renewalDays = 30;
const day = 24 * 3600 * 1000;

/**
 * What is there, and whether it works. Changes nothing, and locks nothing: the agent of the version that is installed is asked, whichever
 * version of oo-install asks. Without an installation there is no agent, and none is brought.
 */
export async function status(options: SessionOptions): Promise<Status> {
  const { host, context } = openSession({ ...options, agent: 'installed' });
  options.reporter.report({ event: 'started', host: host.name, command: 'status', dryRun: false });
  try {
    const facts = await host.probe();
    const [same, answers] = await Promise.all([isCurrent(facts, context(facts)), asked(host, facts)]);
    const found: Status = { ...told(host, facts), isCurrent: same, ...answers };
    options.reporter.report(found);
    for (const { name, days } of found.certificates) {
      const when = days < 0 ? `ended ${-days} days ago` : `ends in ${days} days`;
      host.warn(`the certificate ${name} ${when}: a start of the daemon renews it (oo-install restart ${host.name})`);
    }
    return found;
  } finally {
    await host.close();
  }
}

/** What the probe alone tells. */
function told(host: Host, facts: Facts): Omit<Status, keyof Asked | 'isCurrent'> {
  const { docker, ours } = facts;
  return {
    event: 'status',
    host: host.name,
    installed: isInstalled(facts),
    kubeconfig: ours.kubeconfig ? platformPaths.kubeconfig : '',
    docker: docker.running
      ? `${docker.version} is running`
      : docker.dockerd === ''
        ? 'absent'
        : `stopped: ${docker.error.replace(/ Is the docker daemon running\?$/, '')}`,
    supervisor: facts.units.openshift !== undefined ? 'systemd' : ours.services.size > 0 ? 'oo-install' : 'none',
    version: ours.current.has('openshift') ? versionText(ours.version, ours.current.get('openshift')!) : '',
  };
}

async function isCurrent({ ours }: Facts, { artifacts }: Pick<InstallContext, 'artifacts'>): Promise<boolean> {
  if (!ours.current.has('openshift')) return false;
  // What cannot be built here is not what runs there.
  const own = await artifacts().catch(() => undefined);
  return own?.openshift.sha256 === ours.current.get('openshift');
}

/** What only the agent knows; when it cannot be asked, why. */
async function asked(host: Host, facts: Facts): Promise<Asked> {
  const silent = (platform: Status['platform'], reason = ''): Asked => ({
    platform,
    reason,
    api: '',
    changes: [],
    upgrade: '',
    certificates: [],
  });
  if (!isInstalled(facts)) return silent('absent');
  try {
    const { kubeconfig, dataDir } = platformPaths;
    const [health, pods, parts, { entries }, { certificates }, { pending }] = await Promise.all([
      host.agent.call('platform.health', { kubeconfig }),
      host.agent.call('platform.pods', { kubeconfig }),
      // An agent that is older than the call, and an API that does not answer, tell of none.
      host.agent.call('platform.parts', { kubeconfig, images: [...platformImageReferences] }).catch(() => undefined),
      host.agent.call('journal.read', {}),
      host.agent.call('platform.certificates', { kubeconfig, dataDir }),
      host.agent.call('upgrade.read', {}),
    ]);
    const changes = entries.filter(({ state }) => state !== 'undone').map(({ description }) => description);
    return {
      platform: health.ready && health.nodeReady ? 'ready' : platformRuns(facts) ? 'starting' : 'stopped',
      reason: health.reason,
      api: health.server,
      changes: [...new Set(changes)],
      upgrade: pending === undefined ? '' : pendingText(pending),
      certificates: endingSoon(certificates, Date.now()),
      ...(pods.running === undefined ? {} : { pods: pods.running }),
      ...(parts === undefined ? {} : { parts: parts.parts }),
    };
  } catch (error) {
    return silent(platformRuns(facts) ? 'starting' : 'stopped', `its agent cannot be asked: ${errorText(error)}`);
  }
}

function pendingText({ state, since, from, to }: NonNullable<CallResult<'upgrade.read'>['pending']>): string {
  const what = state === 'returning' ? `the return to ${from.version}` : `an upgrade from ${from.version} to ${to.version}`;
  return `${what} was cut off (${since}): oo-install upgrade finishes it`;
}

/** Those with few days left, the shortest first. */
export function endingSoon(all: CallResult<'platform.certificates'>['certificates'], now: number): Status['certificates'] {
  return all
    .map(({ name, expires }) => ({ name, expires, days: Math.floor((Date.parse(expires) - now) / day) }))
    .filter(({ days }) => days < renewalDays)
    .sort((a, b) => a.days - b.days);
}
