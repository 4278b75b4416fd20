import { defineLabCommand } from '../lab/define-lab-command.ts';
import { labOptions, limitOption, parallelOption, type SomeHostsFlags } from '../lab/lab-flags.ts';

export const labExecCommand = defineLabCommand<SomeHostsFlags>({
  name: 'lab exec',
  summary: 'run a program as root on the hosts of a lab',
  examples: [
    ['oo-install lab exec -- docker ps', 'on all; each line begins with the name of its host'],
    ["oo-install lab exec --limit 'ana-*' -- uptime", 'on those of ana'],
    ["oo-install lab exec -- sh -c 'df / | tail -1'", 'what needs a shell says so'],
  ],
  arguments: [{ name: '<command...>', description: 'the program and its arguments, after --; no shell takes them apart' }],
  options: [...labOptions, limitOption, parallelOption],
  printsLines: true,
  run: async ({ args, flags, meantLab, runOf }) => {
    const { labExec } = await import('../../lab/exec.ts');
    const name = await meantLab();
    return labExec(await runOf(name), name, args, flags.limit);
  },
});
