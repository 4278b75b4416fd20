import { defineHostCommand } from '../define-command.ts';
import { dryRunOption } from '../global-flags.ts';

export const uninstallCommand = defineHostCommand({
  name: 'uninstall',
  summary: 'take back exactly what oo-install did',
  examples: [
    ['oo-install uninstall localhost', 'take back exactly what was installed'],
    ['oo-install uninstall localhost --yes', 'the same, asking nothing'],
    ['oo-install uninstall localhost --dry-run', 'tell what would be taken back'],
  ],
  options: [dryRunOption('tell what would be taken back, and change nothing')],
  needsRoot: () => true,
  confirm: (hosts) => `Remove OpenShift, its pods and all their data from ${hosts.join(', ')}?`,
  run: async (session) => (await import('../../commands/uninstall.ts')).uninstall(session),
});
