import { WEB_A } from '../../support/images.ts';
import { runCommand } from '../../support/run-command.ts';
import type { Runner } from './contender.ts';

/** The command line, on Docker's own bridge: what a user would type. Stopped with the grace that the pods get. */
export const dockerRun: Runner = {
  name: 'docker run -d',
  async create(name) {
    await runCommand(['docker', 'run', '-d', '--name', name, WEB_A, '/serve']);
  },
  async output(name) {
    return (await runCommand(['docker', 'logs', name])).stdout;
  },
  async remove(name) {
    await runCommand(['docker', 'stop', '-t', '2', name]);
    await runCommand(['docker', 'rm', '-f', name]);
  },
};
