import type { Host } from '../transport/host.ts';
import type { InstallContext } from './context.ts';
import { definePhase } from './define-phase.ts';
import { bareProxies, proxyDropIn, proxyDropIns, proxyEnvironment, proxyFile, proxyFileContent } from './proxy-files.ts';

/**
 * Docker's own configuration: only what was asked for. The platform needs nothing of it, since it says for each container what it needs (the log driver with its
 * rotation, the cgroup, the network).
 */
export const configureDocker = definePhase({
  name: 'configure-docker',
  title: 'Configure Docker',

  select: ({ settings }) => wantsSettings(settings.docker) || wantsProxy({ settings }),

  async isDone(host, context) {
    if (host.dryRun) return false;
    const settings = context.settings.docker ?? {};
    const differs = wantsSettings(settings) && (await host.agent.call('docker.configDiffers', { settings })).keys.length > 0;
    return !differs && (!wantsProxy(context) || (await proxyIsSet(host, context)));
  },

  async apply(host, context) {
    const { settings } = context;
    const restart = settings.restartDocker ?? false;
    if (wantsProxy(context)) await setProxy(host, context, restart);
    if (!wantsSettings(settings.docker)) return;
    const wanted = settings.docker ?? {};
    const names = Object.keys(wanted).join(', ');
    const done = await host.change(`merge ${names} into Docker's daemon.json`, (agent) =>
      agent.call('docker.configure', { settings: wanted, restart }),
    );
    if (done?.applied === 'at-start' && context.facts.docker.running) host.warn(`Docker goes by ${names} from its next start on`);
    if (done?.applied === 'restarted') host.note(`Docker was restarted for ${names}`);
  },
});

const wantsSettings = (settings: object | undefined): boolean => Object.keys(settings ?? {}).length > 0;
const wantsProxy = ({ settings }: Pick<InstallContext, 'settings'>): boolean =>
  Object.keys(proxyEnvironment(settings)).length > 0;

/** Where no systemd runs, the phases that start Docker and the platform hand the variables over. */
const filesOf = ({ facts, settings }: InstallContext): [string, string, number][] =>
  facts.systemd
    ? [
        [proxyFile, proxyFileContent(settings), 0o600],
        [proxyDropIns.docker, proxyDropIn, 0o644],
        [proxyDropIns.openshift, proxyDropIn, 0o644],
      ]
    : [];

async function proxyIsSet(host: Host, context: InstallContext): Promise<boolean> {
  for (const [path, content] of filesOf(context)) {
    if ((await host.agent.call('file.read', { path, maxBytes: 100_000 })).content !== content) return false;
  }
  // Cut off between the files and the restart, Docker still goes without.
  const { docker, systemd } = context.facts;
  const used = bareProxies(context.settings.proxy ?? {}).every((url) => docker.proxies.includes(url));
  return !systemd || !docker.running || used;
}

async function setProxy(host: Host, context: InstallContext, restart: boolean): Promise<void> {
  await host.change('tell Docker and OpenShift which proxy to use', async (agent) => {
    for (const [path, content, mode] of filesOf(context)) await agent.call('file.write', { path, content, mode });
    if (context.facts.systemd) await agent.call('docker.restart', { why: 'another proxy', restart });
  });
  context.changed.platform = true;
}
