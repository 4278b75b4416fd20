import { defineLabCommand } from '../lab/define-lab-command.ts';
import { type LabFlags, labOptions } from '../lab/lab-flags.ts';

export const labStartCommand = defineLabCommand<LabFlags>({
  name: 'lab start',
  summary: 'start the hosts of a lab that are stopped',
  examples: [['oo-install lab start', 'in the morning']],
  options: labOptions,
  run: async ({ meantLab, runOf }) => {
    const { labPower } = await import('../../lab/power.ts');
    const name = await meantLab();
    await labPower(await runOf(name), name, 'start');
  },
});
