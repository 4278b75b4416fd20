import { systemClock } from '../../common/clock.ts';
import { defineErrors } from '../../common/errors.ts';
import { Patience, type PatienceOptions } from '../../common/patience.ts';
import { platformImageReferences } from '../artifacts/images/platform-image-names.ts';
import type { Host } from '../transport/host.ts';
import { platformPaths } from './context.ts';
import { definePhase } from './define-phase.ts';

/** What keeps a platform that was started from being called ready. */
export const platformErrors = defineErrors({
  PLATFORM_NOT_READY: {
    failure: 'platform',
    message: (seconds: number, why: string) => `OpenShift was not ready after ${seconds} s: ${why}`,
    hint: () => 'mend what its log says, then run the same command again',
  },
});

/** The sample application, one of the starting images. */
export const SAMPLE_IMAGE = 'openshift/hello-openshift:latest';

/** ms for each step on the way to a ready platform, and for all of them. */
const patience: PatienceOptions = { stall: 120_000, most: 600_000 };
/** ms between two looks, at least: each costs the platform a connection, so it has as much time to itself as the look took. */
const pause = 50;

export const verifyPlatform = definePhase({
  name: 'verify-platform',
  title: 'Wait until OpenShift is ready',

  async isDone(host, { changed }) {
    if (host.dryRun) return true;
    // What was just started has to prove itself, even when it is ready before we look.
    if (changed.platform || changed.images === true) return false;
    const { ready, nodeReady } = await host.agent.call('platform.health', { kubeconfig: platformPaths.kubeconfig });
    return ready && nodeReady;
  },

  async apply(host, { facts, signal }) {
    await awaitHealthy(host, { systemd: facts.systemd, look: healthWithPod, signal });
    await awaitParts(host, signal);
  },
});

/** What a look at the platform found. */
export interface Health {
  readonly ready: boolean;
  readonly reason: string;
}

/**
 * Looks until the platform is ready. Throws PLATFORM_NOT_READY with the reason and the daemon's last words when it gets no further, or
 * when the daemon keeps ending.
 */
export async function awaitHealthy(
  host: Host,
  options: { systemd: boolean; look: (host: Host) => Promise<Health>; signal?: AbortSignal | undefined },
): Promise<void> {
  const { systemd, signal } = options;
  const wait = new Patience(patience);
  const before = await crashes(host, systemd);
  for (;;) {
    const began = wait.waited;
    const health = await options.look(host);
    if (health.ready) return;
    if (wait.isOver(health.reason) || (await crashes(host, systemd)) - before > 4) {
      const why = `${health.reason}\n${await lastWords(host, systemd)}`;
      throw platformErrors.PLATFORM_NOT_READY(Math.round(wait.waited / 1000), why);
    }
    await systemClock.sleep(Math.max(pause, wait.waited - began), signal);
  }
}

/** ms for the registry and the router to run, once their images are there. */
const partsPatience = 60_000;
/** ms between two looks at them. */
const partsPause = 200;

/**
 * Waits for the parts that run as pods. One that cannot run is told of and no failure: the platform is there, and the part comes by itself when
 * what is in its way is gone.
 */
async function awaitParts(host: Host, signal?: AbortSignal): Promise<void> {
  const begin = Date.now();
  for (;;) {
    const images = [...platformImageReferences];
    const { parts } = await host.agent.call('platform.parts', { kubeconfig: platformPaths.kubeconfig, images });
    const starting = parts.filter(({ state }) => state === 'starting').map(({ name }) => name);
    const isLate = Date.now() - begin > partsPatience;
    if (starting.length === 0 || isLate) {
      for (const { reason } of parts.filter(({ state }) => state === 'blocked')) host.warn(reason);
      if (isLate)
        host.warn(
          `${starting.join(' and ')} did not start in ${partsPatience / 1000} s: kubectl get pods, and its events, tell why`,
        );
      return;
    }
    await systemClock.sleep(partsPause, signal);
  }
}

/** Ready means that the API answers and the node is Ready. */
export async function healthOf(host: Host): Promise<Health> {
  const { ready, nodeReady, reason } = await host.agent.call('platform.health', { kubeconfig: platformPaths.kubeconfig });
  return { ready: ready && nodeReady, reason };
}

/** And that a pod has run on it and answered. */
async function healthWithPod(host: Host): Promise<Health> {
  const health = await healthOf(host);
  if (!health.ready) return health;
  const pod = await host.agent.call('platform.tryPod', { kubeconfig: platformPaths.kubeconfig, image: SAMPLE_IMAGE });
  return { ready: pod.answered, reason: pod.reason };
}

async function crashes(host: Host, systemd: boolean): Promise<number> {
  if (systemd) return (await host.agent.call('unit.state', { name: platformPaths.unitName })).restarts;
  const { services } = await host.agent.call('service.list', {});
  return services.find((service) => service.name === 'openshift')?.restarts ?? 0;
}

async function lastWords(host: Host, systemd: boolean): Promise<string> {
  const log = systemd ? { unit: platformPaths.unitName } : { file: platformPaths.log };
  const { lines } = await host.agent.call('log.tail', { ...log, lines: 8 });
  return lines.map((line) => `    ${line}`).join('\n');
}
