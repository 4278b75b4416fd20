import { exitCodes } from '../exit-codes.ts';
import { defineLabCommand } from '../lab/define-lab-command.ts';
import { wantedLabOptions, type WantedLabFlags } from '../lab/lab-flags.ts';

export const labPlanCommand = defineLabCommand<WantedLabFlags>({
  name: 'lab plan',
  summary: 'what lab up would make, what it costs, and what stands in its way',
  examples: [
    ['oo-install lab plan', 'of the lab.yaml of the working folder'],
    ['oo-install lab plan --attendees 3', 'of a lab of three on this machine, without a file'],
  ],
  options: wantedLabOptions,
  run: async ({ wantedLab, run: runOn }) => {
    const { planLab } = await import('../../lab/up.ts');
    const lab = await wantedLab();
    const run = await runOn(lab.provider);
    const plan = await planLab(run, lab);
    run.reporter.report({ event: 'lab-plan', host: '', lab: lab.name, ...plan });
    return plan.problems.length > 0 ? exitCodes.preflight : 0;
  },
});
