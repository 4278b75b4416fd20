import { defineLabCommand } from '../lab/define-lab-command.ts';
import { dryRunOption } from '../global-flags.ts';
import { type LabFlags, labOptions } from '../lab/lab-flags.ts';

interface Flags extends LabFlags {
  readonly dryRun: boolean;
  readonly report?: string;
}

export const labDownCommand = defineLabCommand<Flags>({
  name: 'lab down',
  summary: 'take a lab away, and prove that nothing is left of it',
  examples: [
    ['oo-install lab down --dry-run', 'tell what would go'],
    ['oo-install lab down --yes', 'take it away without a question'],
    ['oo-install lab down --report gone', 'and write the report to gone.json and gone.md too'],
  ],
  options: [
    ...labOptions,
    dryRunOption('tell what would be taken away, and change nothing'),
    { flags: '--report <file>', description: 'where the report goes too: FILE.json and FILE.md' },
  ],
  run: async ({ flags, meantLab, runOf, confirm }) => {
    const { labDown, labRemains } = await import('../../lab/down.ts');
    const { whereOf } = await import('../../lab/where.ts');
    const name = await meantLab();
    const run = await runOf(name);
    if (flags.dryRun) return labRemains(run, name);
    return labDown(run, name, {
      report: flags.report,
      confirm: (remains, { aws }) => {
        const place = aws === undefined ? '' : ` in ${whereOf(aws)}`;
        return confirm(`Take away the lab ${name}${place} and all that attendees made in it (${remains.length} resources)?`);
      },
    });
  },
});
