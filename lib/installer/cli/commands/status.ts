import { defineHostCommand } from '../define-command.ts';

export const statusCommand = defineHostCommand({
  name: 'status',
  summary: 'what is installed, and whether it works',
  examples: [
    ['oo-install status localhost', 'what is there, and whether it works'],
    ['oo-install status localhost --json', 'the same, for a program'],
  ],
  onlyLooks: true,
  needsRoot: () => true,
  run: async (session) => (await import('../../commands/status.ts')).status(session),
});
