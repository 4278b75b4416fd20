import { definePhase } from './define-phase.ts';
import { installPackages } from './install-packages.ts';
import { missingPackages } from './package-set.ts';

export const installNetwork = definePhase({
  name: 'install-network',
  title: 'Install the network plugins',

  async isDone(host, { facts }) {
    const missing = missingPackages(facts);
    if (missing.length === 0) return true;
    // They may have come with Docker just now.
    if (host.dryRun) return facts.docker.dockerd === '' && !facts.docker.running;
    return (await host.agent.call('packages.missing', { names: missing })).missing.length === 0;
  },

  async apply(host, context) {
    const names = missingPackages(context.facts);
    await installPackages(host, context, `install ${names.join(', ')}`, names);
  },
});
