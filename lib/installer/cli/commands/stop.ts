import { defineHostCommand } from '../define-command.ts';

export const stopCommand = defineHostCommand({
  name: 'stop',
  summary: 'stop OpenShift; its pods go on running',
  examples: [['oo-install stop localhost', 'stop the daemon; containers stay']],
  needsRoot: () => true,
  run: async (session) => (await import('../../commands/lifecycle.ts')).stop(session),
});
