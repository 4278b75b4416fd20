import { definePhase } from './define-phase.ts';
import { missingPackages, packageLockTimeout } from './package-set.ts';

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

  async apply(host, { facts }) {
    const names = missingPackages(facts);
    await host.change(`install ${names.join(', ')}`, (agent) =>
      agent.call('packages.install', { names, lockTimeout: packageLockTimeout }),
    );
  },
});
