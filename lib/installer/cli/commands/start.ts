import { defineHostCommand } from '../define-command.ts';

export const startCommand = defineHostCommand({
  name: 'start',
  summary: 'start OpenShift, and wait until it is ready',
  examples: [['oo-install start localhost', 'start it where it was stopped']],
  needsRoot: () => true,
  run: async (session) => (await import('../../commands/lifecycle.ts')).start(session),
});
