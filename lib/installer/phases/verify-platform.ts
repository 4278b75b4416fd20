import { setTimeout as delay } from 'node:timers/promises';
import { defineErrors } from '../../common/errors.ts';
import type { Host } from '../transport/host.ts';
import { type InstallContext, platformPaths } from './context.ts';
import { definePhase } from './define-phase.ts';

export const platformErrors = defineErrors({
  PLATFORM_NOT_READY: {
    failure: 'platform',
    message: (seconds: number, why: string) => `OpenShift was not ready after ${seconds} s: ${why}`,
    hint: () => 'mend what its log says, then run the same command again',
  },
});

/** The sample application, one of the starting images. */
const SAMPLE_IMAGE = 'openshift/hello-openshift:latest';

/** ms until the API answers, the node is Ready and a pod has answered. */
const patience = 120_000;

export const verifyPlatform = definePhase({
  name: 'verify-platform',
  title: 'Wait until OpenShift is ready',

  async isDone(host, { changed }) {
    if (host.dryRun) return true;
    // What was just started has to prove itself, even when it is ready before we look.
    if (changed.platform) return false;
    const { ready, nodeReady } = await host.agent.call('platform.health', { kubeconfig: platformPaths.kubeconfig });
    return ready && nodeReady;
  },

  async apply(host, context) {
    const begin = Date.now();
    const before = await crashes(host, context);
    for (;;) {
      const health = await healthWithPod(host);
      if (health.ready) return;
      if (Date.now() - begin > patience || (await crashes(host, context)) - before > 4) {
        const why = `${health.reason}\n${await lastWords(host, context)}`;
        throw platformErrors.PLATFORM_NOT_READY(Math.round((Date.now() - begin) / 1000), why);
      }
      await delay(100, undefined, context.signal === undefined ? {} : { signal: context.signal });
    }
  },
});

/** Ready means that the API answers, the node is Ready, and a pod has run on it and answered. */
async function healthWithPod(host: Host): Promise<{ ready: boolean; reason: string }> {
  const { kubeconfig } = platformPaths;
  const { ready, nodeReady, reason } = await host.agent.call('platform.health', { kubeconfig });
  if (!ready || !nodeReady) return { ready: false, reason };
  const pod = await host.agent.call('platform.tryPod', { kubeconfig, image: SAMPLE_IMAGE });
  return { ready: pod.answered, reason: pod.reason };
}

async function crashes(host: Host, { facts }: InstallContext): Promise<number> {
  if (facts.systemd) return (await host.agent.call('unit.state', { name: platformPaths.unitName })).restarts;
  const { services } = await host.agent.call('service.list', {});
  return services.find((service) => service.name === 'openshift')?.restarts ?? 0;
}

async function lastWords(host: Host, { facts }: InstallContext): Promise<string> {
  const log = facts.systemd ? { unit: platformPaths.unitName } : { file: `${platformPaths.logDir}/openshift.log` };
  const { lines } = await host.agent.call('log.tail', { ...log, lines: 8 });
  return lines.map((line) => `    ${line}`).join('\n');
}
