import { definePhase } from './define-phase.ts';
import { installPackages } from './install-packages.ts';
import { missingPackages } from './package-set.ts';
import { installStaticBuild, lacksStaticPlugins } from './static-builds.ts';

export const installNetwork = definePhase({
  name: 'install-network',
  title: 'Install the network plugins',

  async isDone(host, { facts }) {
    const missing = missingPackages(facts);
    if (missing.length === 0) return !lacksStaticPlugins(facts);
    // They may have come with Docker just now.
    const come = host.dryRun
      ? facts.docker.dockerd === '' && !facts.docker.running
      : (await host.agent.call('packages.missing', { names: missing })).missing.length === 0;
    return come && !lacksStaticPlugins(facts);
  },

  async apply(host, context) {
    const { facts } = context;
    const dockerCame = facts.docker.dockerd === '' && !facts.docker.running;
    const names = host.dryRun && dockerCame ? [] : missingPackages(facts);
    if (names.length > 0) await installPackages(host, context, `install ${names.join(', ')}`, names);
    if (lacksStaticPlugins(facts)) await installStaticBuild(host, context, 'cni-plugins');
  },
});
