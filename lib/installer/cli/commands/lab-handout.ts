import { labHandout } from '../../lab/handout/lab-handout.ts';
import { meantLab } from '../lab/choose-lab.ts';
import { defineLabCommand } from '../lab/define-lab-command.ts';
import { type LabFlags, labOptions } from '../lab/lab-flags.ts';

interface Flags extends LabFlags {
  readonly output: string;
  readonly attendee?: string;
}

export const labHandoutCommand = defineLabCommand<Flags>({
  name: 'lab handout',
  summary: 'write what attendees need: an A4 sheet for each, a table, and the keys',
  examples: [
    ['oo-install lab handout', 'write the folder handout: print index.html, or hand each their own page'],
    ['oo-install lab handout --attendee a3 --output for-a3', 'of one attendee alone'],
    ['oo-install lab handout --json', 'the same, and tell it to a program; keys stay in the folder'],
  ],
  options: [
    ...labOptions,
    { flags: '--output <folder>', description: 'where to (default: handout)', default: 'handout' },
    { flags: '--attendee <name>', description: 'only the sheet of this one' },
  ],
  run: async ({ flags, runOf, write }) => {
    const name = await meantLab(flags);
    const handout = await labHandout(await runOf(name), name, flags);
    if (flags.json) return write(`${JSON.stringify({ folder: flags.output, ...handout })}\n`);
    const { length } = handout.sheets;
    write(`${flags.output}/index.html: ${length} ${length === 1 ? 'sheet' : 'sheets'} to print, until ${handout.expires}\n`);
    write('It holds private keys: give everybody their own page or key, then delete it. It is written anew whenever you ask.\n');
  },
});
