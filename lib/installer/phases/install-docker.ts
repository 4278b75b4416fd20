import { definePhase } from './define-phase.ts';
import { dockerPackages, missingPackages, packageLockTimeout } from './package-set.ts';

export const installDocker = definePhase({
  name: 'install-docker',
  title: 'Install Docker',

  async isDone(_host, { facts }) {
    return facts.docker.dockerd !== '' || facts.docker.running;
  },

  async apply(host, { facts }) {
    // One transaction with what the network needs: every run of apt costs seconds.
    const names = [...dockerPackages(facts), ...missingPackages(facts)];
    await host.change(`install Docker (${names.join(', ')})`, (agent) =>
      agent.call('packages.install', { names, lockTimeout: packageLockTimeout }),
    );
  },
});
