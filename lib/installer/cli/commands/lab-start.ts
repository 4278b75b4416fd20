import { labPower } from '../../lab/power.ts';
import { meantLab } from '../lab/choose-lab.ts';
import { defineLabCommand } from '../lab/define-lab-command.ts';
import { type LabFlags, labOptions } from '../lab/lab-flags.ts';

export const labStartCommand = defineLabCommand<LabFlags>({
  name: 'lab start',
  summary: 'start the hosts of a lab that are stopped',
  examples: [['oo-install lab start', 'in the morning']],
  options: labOptions,
  run: async ({ flags, runOf }) => {
    const name = await meantLab(flags);
    await labPower(await runOf(name), name, 'start');
  },
});
