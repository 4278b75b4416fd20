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

/** ms until the API answers and the node is Ready. */
const patience = 120_000;

export const verifyPlatform = definePhase({
  name: 'verify-platform',
  title: 'Wait until OpenShift is ready',

  async isDone(host) {
    if (host.dryRun) return true;
    const { ready, nodeReady } = await host.agent.call('platform.health', { kubeconfig: platformPaths.kubeconfig });
    return ready && nodeReady;
  },

  async apply(host, context) {
    const begin = Date.now();
    const before = await crashes(host, context);
    for (;;) {
      const health = await host.agent.call('platform.health', { kubeconfig: platformPaths.kubeconfig });
      if (health.ready && health.nodeReady) return;
      if (Date.now() - begin > patience || (await crashes(host, context)) - before > 4) {
        const why = `${health.reason}\n${await lastWords(host, context)}`;
        throw platformErrors.PLATFORM_NOT_READY(Math.round((Date.now() - begin) / 1000), why);
      }
      await delay(100, undefined, context.signal === undefined ? {} : { signal: context.signal });
    }
  },
});

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
