import { defineErrors } from '../../common/errors.ts';
import { printable } from '../../common/printable.ts';

/** What can be wrong with a cluster.yaml. */
export const clusterErrors = defineErrors({
  CLUSTER_FILE_UNREADABLE: {
    failure: 'usage',
    message: (file: string, why: string) => `${printable(file)} cannot be read: ${why}`,
    hint: () => 'oo-install init writes one to begin with',
  },
  CLUSTER_FILE_INVALID: {
    failure: 'usage',
    message: (problems: readonly string[]) => problems.join('\n'),
    hint: () => 'docs/cluster-file.md lists every key; nothing was done',
  },
  CLUSTER_FILE_EXISTS: {
    failure: 'usage',
    message: (file: string) => `${printable(file)} is there already`,
    hint: () => 'edit it, or name another file: oo-install init other.yaml',
  },
  CLUSTER_FILE_UNWRITABLE: {
    failure: 'usage',
    message: (file: string, why: string) => `${printable(file)} cannot be written: ${why}`,
    hint: () => 'name a file in a folder that is there, and that you may write: oo-install init site.yaml',
  },
  CLUSTER_FILE_UNSAFE: {
    failure: 'usage',
    message: (file: string) => `${file} belongs to somebody else, or everybody may write it: it is not taken unasked`,
    hint: (file: string) => `look at it, then name it: -f ${file}`,
  },
});
