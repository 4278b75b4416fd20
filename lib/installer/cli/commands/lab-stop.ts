import { labPower } from '../../lab/power.ts';
import { meantLab } from '../lab/choose-lab.ts';
import { defineLabCommand } from '../lab/define-lab-command.ts';
import { type LabFlags, labOptions } from '../lab/lab-flags.ts';

export const labStopCommand = defineLabCommand<LabFlags>({
  name: 'lab stop',
  summary: 'stop the hosts of a lab; what is on them stays',
  examples: [['oo-install lab stop', 'for the night']],
  options: labOptions,
  run: async ({ flags, runOf }) => {
    const name = await meantLab(flags);
    await labPower(await runOf(name), name, 'stop');
  },
});
