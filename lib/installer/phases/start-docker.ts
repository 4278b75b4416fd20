import { dirname } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { errorText } from '../../common/errors.ts';
import { agentErrors } from '../agent/agent-errors.ts';
import type { Host } from '../transport/host.ts';
import type { InstallContext } from './context.ts';
import { definePhase } from './define-phase.ts';
import { proxyEnvironment } from './proxy-files.ts';
import { freshDockerd } from './static-builds.ts';

const unit = 'docker.service';
/** Where no init system runs. */
export const dockerLog = '/var/log/oo-install/docker.log';
/** ms for dockerd to answer: it loads its containers first, of which a slow machine may have many. */
const patience = 180_000;

export const startDocker = definePhase({
  name: 'start-docker',
  title: 'Start Docker',

  async isDone(host, { facts }) {
    if (facts.docker.running) return true;
    // A fresh package has started it already, unless a policy forbids that.
    if (host.dryRun || facts.docker.dockerd !== '') return false;
    return (await host.agent.call('docker.info', {})).running;
  },

  async apply(host, context) {
    const wasThere = context.facts.docker.dockerd !== '';
    if (wasThere) host.note('Docker is installed but does not run: starting it');
    await host.change(context.facts.systemd ? 'start Docker and enable it at boot' : 'start Docker', async (agent) => {
      try {
        if (context.facts.systemd) await agent.call('unit.start', { name: unit, restart: false, enable: true });
        else {
          const argv = [context.facts.docker.dockerd || freshDockerd(context.facts)];
          await agent.call('directory.make', { path: dirname(dockerLog), mode: 0o755, tree: true });
          const service = {
            name: 'docker',
            argv,
            env: proxyEnvironment(context.settings),
            log: dockerLog,
            grace: 30_000,
            restart: false,
          };
          await agent.call('service.start', service);
        }
      } catch (error) {
        throw agentErrors.DOCKER_WILL_NOT_START(await why(host, context, reasonOf(error)));
      }
      await untilItAnswers(host, context);
    });
    if (!context.facts.systemd) {
      host.warn('no init system runs here: Docker runs under our supervisor, and nothing starts it at boot');
    }
  },
});

async function untilItAnswers(host: Host, context: InstallContext): Promise<void> {
  const deadline = Date.now() + patience;
  for (;;) {
    const { running, reason } = await host.agent.call('docker.info', {});
    if (running) return;
    const state = context.facts.systemd ? await host.agent.call('unit.state', { name: unit }) : undefined;
    const { services } = await host.agent.call('service.list', {});
    const crashes = services.find((service) => service.name === 'docker')?.restarts ?? 0;
    if (Date.now() > deadline || state?.active === 'failed' || crashes > 2) {
      throw agentErrors.DOCKER_WILL_NOT_START(await why(host, context, reason));
    }
    await delay(100, undefined, context.signal === undefined ? {} : { signal: context.signal });
  }
}

/** What systemctl prints is where to look; we look there ourselves. */
function reasonOf(error: unknown): string {
  return errorText(error).replace(/: Job for .*$/s, '');
}

/** The reason with the last lines of Docker's log, wherever it is. */
async function why(host: Host, { facts }: InstallContext, reason: string): Promise<string> {
  const log = facts.systemd ? { unit } : { file: dockerLog };
  const { lines } = await host.agent.call('log.tail', { ...log, lines: 40 });
  const telling = lines.filter((line) =>
    /level=(fatal|error)|failed to start daemon|unable to|invalid character|error/i.test(line),
  );
  const last = [...new Set(telling.length > 0 ? telling : lines)].slice(-5);
  return `${reason}\n${last.map((line) => `    ${line}`).join('\n')}`;
}
