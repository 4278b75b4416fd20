import { defineLabCommand } from '../lab/define-lab-command.ts';
import { type LabFlags, labOptions } from '../lab/lab-flags.ts';

interface Flags extends LabFlags {
  readonly output: string;
  readonly attendee?: string;
  readonly console?: boolean;
}

export const labHandoutCommand = defineLabCommand<Flags>({
  name: 'lab handout',
  summary: 'write what attendees need: an A4 sheet for each, a table, and the keys',
  examples: [
    ['oo-install lab handout', 'write the folder handout: print index.html, or hand each their own page'],
    ['oo-install lab handout --attendee a3 --output for-a3', 'of one attendee alone'],
    ['oo-install lab handout --console', "with links into AWS' console, for attendees who are about to open them"],
    ['oo-install lab handout --json', 'the same, and tell it to a program; keys stay in the folder'],
  ],
  options: [
    ...labOptions,
    { flags: '--output <folder>', description: 'where to (default: handout)', default: 'handout' },
    { flags: '--attendee <name>', description: 'only the sheet of this one' },
    {
      flags: '--console',
      description: "with a link into AWS' console for each (access.awsAccounts); it must be opened within 15 minutes",
    },
  ],
  run: async ({ flags, meantLab, runOf, write }) => {
    const { labHandout } = await import('../../lab/handout/lab-handout.ts');
    const name = await meantLab();
    const handout = await labHandout(await runOf(name), name, flags);
    if (flags.json) return write(`${JSON.stringify({ folder: flags.output, ...handout })}\n`);
    const { length } = handout.sheets;
    write(`${flags.output}/index.html: ${length} ${length === 1 ? 'sheet' : 'sheets'} to print, until ${handout.expires}\n`);
    for (const { attendee, access } of handout.sheets) if (access?.note !== undefined) write(`${attendee}: ${access.note}\n`);
    const [first] = handout.sheets.flatMap(({ access }) => (access === undefined ? [] : [access.expires])).toSorted();
    if (first !== undefined) write(`Their access to AWS ends from ${first} on: lab handout asks for it anew.\n`);
    write('It holds secrets: give everybody their own page and files, then delete it. It is written anew whenever you ask.\n');
  },
});
