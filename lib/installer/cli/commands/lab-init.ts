import { assetPath } from '../../../common/assets.ts';
import { defaultLabFile } from '../../config/working-folder.ts';
import { labFileErrors } from '../../config/lab-file-errors.ts';
import { defineCommand } from '../define-command.ts';
import { writeTemplate } from '../write-template.ts';

export const labInitCommand = defineCommand({
  name: 'lab init',
  summary: 'write a lab.yaml to begin with',
  examples: [
    ['oo-install lab init', 'write ./lab.yaml, with every key explained'],
    ['oo-install lab init course.yaml', 'the same, elsewhere'],
  ],
  arguments: [{ name: '[file]', description: 'where to', default: defaultLabFile }],
  run: async ({ args, write }) => {
    const file = args[0]!;
    await writeTemplate(assetPath('lab', 'lab.yaml'), file, {
      exists: labFileErrors.LAB_FILE_EXISTS,
      unwritable: labFileErrors.LAB_FILE_UNWRITABLE,
    });
    const typed = file === defaultLabFile ? 'oo-install lab up' : `oo-install lab up -f ${file}`;
    write(`${file} is written. Say for whom the lab is, then: ${typed}\n`);
  },
});
