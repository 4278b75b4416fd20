import { stringify } from 'yaml';
import { hashOf } from '../artifacts/cache.ts';
import { type InstallSettings, platformPaths } from './context.ts';
import { definePhase } from './define-phase.ts';

/** The daemon's configuration: what this host decides. Everything else is the platform's default. */
export function platformConfig(settings: InstallSettings): string {
  const fields = {
    nodeName: settings.nodeName,
    ...(settings.followsRoute === true ? {} : { advertiseAddress: settings.advertiseAddress }),
    ...((settings.tlsSANs ?? []).length === 0 ? {} : { tlsSANs: settings.tlsSANs }),
    listen: `0.0.0.0:${settings.port}`,
    dataDir: settings.dataDir,
    adminKubeconfig: platformPaths.kubeconfig,
    ...(settings.domain === undefined ? {} : { router: { domain: settings.domain } }),
  };
  return `# Written by oo-install. Edit it and restart openshift: your edits are kept.\n${stringify(fields)}`;
}

export const writeConfig = definePhase({
  name: 'write-config',
  title: 'Configure OpenShift',

  async isDone(host, { facts, settings }) {
    const there = facts.ours.files.get(platformPaths.config);
    if (there === undefined) return false;
    // Earlier versions wrote the address of the default route down, too.
    const ours = [settings, { ...settings, followsRoute: false }].map((each) => hashOf(platformConfig(each)));
    if (!ours.includes(there)) host.note(`${platformPaths.config} was edited: it stays as it is`);
    // One that an uninstallation kept is there without an entry in the journal: the daemon, and what it writes, must be in it again.
    return facts.ours.kubeconfig;
  },

  async apply(host, context) {
    const { facts, settings } = context;
    const isThere = facts.ours.files.has(platformPaths.config);
    const what = isThere ? `take over ${platformPaths.config}` : `write ${platformPaths.config}`;
    await host.change(what, async (agent) => {
      await agent.call('directory.make', { path: settings.dataDir, mode: 0o700, tree: true });
      if (!isThere) {
        await agent.call('file.write', { path: platformPaths.config, content: platformConfig(settings), mode: 0o644 });
      }
      // Last, so that undoing takes the pods away first, while the configuration is still there to find them by.
      await agent.call('platform.adopt', {
        program: platformPaths.program,
        config: platformPaths.config,
        dataDir: settings.dataDir,
        kubeconfig: platformPaths.kubeconfig,
      });
    });
    context.changed.platform = true;
  },
});
