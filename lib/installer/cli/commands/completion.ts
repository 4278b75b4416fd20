import { completionScript } from '../completion.ts';
import { defineCommand } from '../define-command.ts';

export const completionCommand = defineCommand({
  name: 'completion',
  summary: 'print a completion script',
  examples: [['eval "$(oo-install completion bash)"', 'complete in this shell']],
  arguments: [{ name: '[shell]', description: 'bash or zsh', default: 'bash' }],
  run: async ({ args, commands, write }) => write(completionScript(args[0]!, commands)),
});
