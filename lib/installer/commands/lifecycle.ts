import { platformPaths } from '../phases/context.ts';
import { openshiftService } from '../phases/start-platform.ts';
import { awaitHealthy, healthOf } from '../phases/verify-platform.ts';
import type { EventBody } from '../progress-event.ts';
import { platformRuns, type Session, type SessionOptions } from '../session.ts';
import type { Facts } from '../transport/facts.ts';
import { onInstalledHost } from './installed-host.ts';

type Result = Extract<EventBody, { event: 'result' }>;

/** Starts the daemon and waits until it is ready; throws PLATFORM_NOT_READY with the reason and its last words. */
export function start(options: SessionOptions): Promise<Result> {
  return daemonCommand('start', options, async (session, facts) => {
    const wasRunning = platformRuns(facts);
    if (!wasRunning) await launch(session, facts, false);
    await awaitReady(session, facts, options);
    return wasRunning ? 'unchanged' : 'started';
  });
}

/** The same for one that runs: its containers go on meanwhile. */
export function restart(options: SessionOptions): Promise<Result> {
  return daemonCommand('restart', options, async (session, facts) => {
    await launch(session, facts, platformRuns(facts));
    await awaitReady(session, facts, options);
    return 'restarted';
  });
}

/** Stops the daemon alone, and tells what goes on without it. */
export function stop(options: SessionOptions): Promise<Result> {
  return daemonCommand('stop', options, async ({ host, progress }, facts) => {
    const ran = platformRuns(facts);
    progress.phase = 'stop';
    if (ran) {
      await host.change('stop OpenShift', (agent) =>
        facts.systemd
          ? agent.call('unit.stop', { name: platformPaths.unitName })
          : agent.call('service.stop', { name: openshiftService.name }),
      );
    }
    const { sandboxes, reason } = await host.agent.call('platform.pods', { kubeconfig: platformPaths.kubeconfig });
    if (sandboxes === undefined) host.note(`how many pods go on running is not known, since Docker does not tell: ${reason}`);
    else if (sandboxes > 0) {
      const pods = sandboxes === 1 ? '1 pod goes on running' : `${sandboxes} pods go on running`;
      host.note(`${pods} and its services are still reached; kubectl, cluster DNS and probes are not until it is started again`);
    }
    if (facts.units.openshift?.enabled === 'enabled') host.note('it starts again at the next boot');
    return ran ? 'stopped' : 'unchanged';
  });
}

async function launch({ host, progress }: Session, facts: Facts, isRestart: boolean): Promise<void> {
  const verb = isRestart ? 'restart' : 'start';
  progress.phase = verb;
  await host.change(`${verb} OpenShift`, (agent) =>
    facts.systemd
      ? agent.call('unit.start', { name: platformPaths.unitName, restart: isRestart, enable: false })
      : agent.call('service.start', { ...openshiftService, restart: isRestart }),
  );
}

async function awaitReady({ host }: Session, { systemd }: Facts, { signal }: SessionOptions): Promise<void> {
  await awaitHealthy(host, { systemd, look: healthOf, signal });
}

function daemonCommand(
  command: string,
  options: SessionOptions,
  work: (session: Session, facts: Facts) => Promise<Result['outcome']>,
): Promise<Result> {
  const begin = performance.now();
  return onInstalledHost(options, async (session, facts) => {
    const { host } = session;
    options.reporter.report({ event: 'started', host: host.name, command, dryRun: false });
    const outcome = await work(session, facts);
    const seconds = Math.round((performance.now() - begin) / 100) / 10;
    const result: Result = { event: 'result', host: host.name, command, outcome, seconds, changes: host.changes };
    options.reporter.report(result);
    return result;
  });
}
