import { defineLabCommand } from '../lab/define-lab-command.ts';
import { parallelOption, wantedLabOptions, type WantedLabFlags } from '../lab/lab-flags.ts';

export const labUpCommand = defineLabCommand<WantedLabFlags>({
  name: 'lab up',
  summary: 'make the hosts of a lab, and install on each of them',
  examples: [
    ['oo-install lab up --provider local --attendees 3', 'a lab of three on this machine, without a file'],
    ['oo-install lab up', 'the lab of lab.yaml; again after a change, or to finish what was cut off'],
    ['oo-install lab up --yes', 'without a question'],
  ],
  options: [...wantedLabOptions, parallelOption],
  run: async ({ wantedLab, run, confirm }) => {
    const { labUp } = await import('../../lab/up.ts');
    const lab = await wantedLab();
    return labUp(await run(lab.provider), lab, async ({ where, hosts }) => {
      // What costs nothing and takes nothing away is not asked about.
      const asked = lab.provider === 'aws' ? (['create', 'replace', 'remove'] as const) : (['replace', 'remove'] as const);
      const words = asked.filter((what) => hosts[what].length > 0).map((what) => `${what} ${hosts[what].length} hosts`);
      if (words.length > 0) await confirm(`Lab ${lab.name} on ${where}: ${words.join(', ')}?`);
    });
  },
});
