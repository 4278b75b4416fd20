import { defineHostCommand } from '../define-command.ts';

export const restartCommand = defineHostCommand({
  name: 'restart',
  summary: 'restart OpenShift; its pods go on running',
  examples: [['oo-install restart localhost', 'restart the daemon, which renews certificates that end soon']],
  needsRoot: () => true,
  run: async (session) => (await import('../../commands/lifecycle.ts')).restart(session),
});
