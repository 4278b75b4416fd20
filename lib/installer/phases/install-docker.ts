import { definePhase } from './define-phase.ts';
import { installPackages } from './install-packages.ts';
import { dockerPackages, missingPackages } from './package-set.ts';
import { dockerIsStatic, installStaticBuild } from './static-builds.ts';

export const installDocker = definePhase({
  name: 'install-docker',
  title: 'Install Docker',

  async isDone(_host, { facts }) {
    return facts.docker.dockerd !== '' || facts.docker.running;
  },

  async apply(host, context) {
    // One transaction with what the network needs: every run of apt costs seconds.
    const names = [...dockerPackages(context.facts), ...missingPackages(context.facts)];
    const what = dockerIsStatic(context.facts) ? 'install' : 'install Docker';
    if (names.length > 0) await installPackages(host, context, `${what} (${names.join(', ')})`, names);
    // Last, since Docker wants iptables.
    if (dockerIsStatic(context.facts)) await installStaticBuild(host, context, 'docker');
  },
});
