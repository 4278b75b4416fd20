import { defineErrors } from '../../common/errors.ts';
import { printable } from '../../common/printable.ts';

/** What can be wrong with a lab.yaml. */
export const labFileErrors = defineErrors({
  LAB_FILE_UNREADABLE: {
    failure: 'usage',
    message: (file: string, why: string) => `${printable(file)} cannot be read: ${why}`,
    hint: () => 'oo-install lab init writes one to begin with',
  },
  LAB_FILE_INVALID: {
    failure: 'usage',
    message: (problems: readonly string[]) => problems.join('\n'),
    hint: () => 'docs/lab-file.md lists every key; nothing was done',
  },
  LAB_FILE_EXISTS: {
    failure: 'usage',
    message: (file: string) => `${printable(file)} is there already`,
    hint: () => 'edit it, or name another file: oo-install lab init other.yaml',
  },
  LAB_FILE_UNWRITABLE: {
    failure: 'usage',
    message: (file: string, why: string) => `${printable(file)} cannot be written: ${why}`,
  },
  LAB_FILE_UNSAFE: {
    failure: 'usage',
    message: (file: string) => `${file} belongs to somebody else, or everybody may write it: it is not taken unasked`,
    hint: (file: string) => `look at it, then name it: -f ${file}`,
  },
});
