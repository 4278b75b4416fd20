import type { InstallPlan } from '../../commands/install.ts';
import { defineHostCommand } from '../define-command.ts';
import { dryRunOption } from '../global-flags.ts';
import { nodeOptions } from './node-options.ts';
import { type SettingFlags, settingOptions, settingsOf } from './setting-options.ts';
import { type SupplyFlags, supplyOptions } from './supply-options.ts';

export const installCommand = defineHostCommand<SupplyFlags & SettingFlags & InstallPlan>({
  name: 'install',
  summary: 'install and start Docker and OpenShift (the default command)',
  isDefault: true,
  examples: [
    ['oo-install localhost', 'install Docker and OpenShift on this machine'],
    ['oo-install localhost --dry-run', 'tell what would be done, and change nothing'],
    ['oo-install admin@server1', 'on a server that ssh reaches'],
    ['oo-install -J bastion 10.0.0.7', 'on one behind another'],
    ['oo-install web1 web2 web3 --parallel 2', 'on several, two at a time'],
    ['oo-install admin@server1 --packages stream', 'without any network on that server but ours'],
    ['oo-install admin@server1 --bundle site.bundle', 'without a network here either'],
    ['oo-install admin@server1 --domain apps.example.com', 'with applications that others reach: *.apps.example.com leads to it'],
    ['oo-install admin@server1 --images none', 'small: pods and services, no builds, no routes'],
  ],
  options: [
    dryRunOption(),
    ...nodeOptions,
    ...supplyOptions,
    ...settingOptions,
    { flags: '--no-kubeconfig', description: 'leave the kubeconfig of this machine alone', default: true },
  ],
  needsRoot: (flags) => !flags.dryRun,
  settings: async (flags, file) => {
    const { supplyOf } = await import('./supply-of.ts');
    return { images: 'all', ...supplyOf(flags, file), ...settingsOf(flags, file) };
  },
  run: async (session, flags) => {
    const { install } = await import('../../commands/install.ts');
    return install(session, { kubeconfig: flags.kubeconfig ?? true });
  },
});
