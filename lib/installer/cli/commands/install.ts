import { install } from '../../commands/install.ts';
import { defineHostCommand } from '../define-command.ts';
import { dryRunOption } from '../global-flags.ts';
import { nodeOptions } from './node-options.ts';

export const installCommand = defineHostCommand({
  name: 'install',
  summary: 'install and start Docker and OpenShift (the default command)',
  isDefault: true,
  examples: [
    ['oo-install localhost', 'install Docker and OpenShift on this machine'],
    ['oo-install localhost --dry-run', 'tell what would be done, and change nothing'],
  ],
  options: [dryRunOption(), ...nodeOptions],
  needsRoot: (flags) => !flags.dryRun,
  run: install,
});
