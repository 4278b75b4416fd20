import { defineHostCommand } from '../define-command.ts';
import { nodeOptions } from './node-options.ts';
import { settingsOf } from './setting-options.ts';

export const checkCommand = defineHostCommand({
  name: 'check',
  summary: 'judge whether a server is fit, and change nothing',
  examples: [
    ['oo-install check localhost', 'only look whether this machine is fit'],
    ['oo-install check localhost --json | jq .level', 'the same, for a program'],
  ],
  options: nodeOptions,
  onlyLooks: true,
  needsRoot: () => false,
  settings: (_flags, file) => settingsOf({}, file),
  run: async (session) => (await import('../../commands/check.ts')).check(session),
});
