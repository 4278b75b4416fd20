import { homedir } from 'node:os';
import { shells } from '../completion/shells.ts';
import { defineCommand } from '../define-command.ts';

export const completionCommand = defineCommand({
  name: 'completion',
  summary: 'print a completion script',
  examples: [
    ['eval "$(oo-install completion bash)"', 'complete in this shell; zsh: the same with zsh'],
    ['oo-install completion fish | source', 'the same in fish'],
    ['oo-install completion hosts', 'the names that are offered: those of ssh and of ./cluster.yaml'],
  ],
  arguments: [{ name: '[shell]', description: `${shells.join(', ')}, or hosts`, default: 'bash', choices: [...shells, 'hosts'] }],
  run: async ({ args, commands, write }) => {
    const [shell = ''] = args;
    if (shell === 'hosts') {
      const { knownHostNames } = await import('../../config/host-names.ts');
      write(`${(await knownHostNames(homedir())).join('\n')}\n`);
    } else {
      const { completionScript } = await import('../completion/completion-script.ts');
      write(completionScript(shell, commands));
    }
  },
});
