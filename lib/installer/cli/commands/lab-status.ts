import { exitCodes } from '../exit-codes.ts';
import { defineLabCommand } from '../lab/define-lab-command.ts';
import { type LabFlags, labOptions, parallelOption } from '../lab/lab-flags.ts';

export const labStatusCommand = defineLabCommand<LabFlags>({
  name: 'lab status',
  summary: 'which hosts of a lab there are, and whether each is healthy',
  examples: [
    ['oo-install lab status', 'a line for each host; the status is 6 unless all are healthy'],
    ['oo-install lab status --json', 'the same, for a program'],
  ],
  options: [...labOptions, parallelOption],
  run: async ({ meantLab, runOf }) => {
    const { labStatus } = await import('../../lab/status.ts');
    const name = await meantLab();
    return (await labStatus(await runOf(name), name)) ? 0 : exitCodes.platform;
  },
});
