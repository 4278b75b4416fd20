import { OoError } from '../../../common/errors.ts';
import { defineLabCommand } from '../lab/define-lab-command.ts';
import { type LabFlags, labOptions } from '../lab/lab-flags.ts';

export const labExtendCommand = defineLabCommand<LabFlags>({
  name: 'lab extend',
  summary: 'move the end of a lab',
  examples: [['oo-install lab extend 4h', 'four hours later than now told (or from now, when it is over)']],
  arguments: [{ name: '<time>', description: 'by how much: 90m, 8h, 3d' }],
  options: labOptions,
  run: async ({ args, meantLab, runOf }) => {
    const { durationOf } = await import('../../config/lab-schema.ts');
    const { labExtend } = await import('../../lab/power.ts');
    const by = durationOf(args[0]!);
    if (by === undefined) throw notATime(args[0]!);
    const name = await meantLab();
    return labExtend(await runOf(name), name, by);
  },
});

function notATime(text: string): OoError {
  return new OoError('LAB_TIME_INVALID', 'usage', `${JSON.stringify(text)} is no time such as 90m, 8h or 3d`, {
    hint: 'oo-install lab extend 4h',
  });
}
