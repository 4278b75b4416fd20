import { defineLabCommand } from '../lab/define-lab-command.ts';
import { type LabFlags, labOptions } from '../lab/lab-flags.ts';

export const labStopCommand = defineLabCommand<LabFlags>({
  name: 'lab stop',
  summary: 'stop the hosts of a lab; what is on them stays',
  examples: [['oo-install lab stop', 'for the night']],
  options: labOptions,
  run: async ({ meantLab, runOf }) => {
    const { labPower } = await import('../../lab/power.ts');
    const name = await meantLab();
    await labPower(await runOf(name), name, 'stop');
  },
});
