import { assetPath } from '../../../common/assets.ts';
import { clusterErrors } from '../../config/cluster-file-errors.ts';
import { defaultClusterFile } from '../../config/working-folder.ts';
import { defineCommand } from '../define-command.ts';
import { writeTemplate } from '../write-template.ts';

export const initCommand = defineCommand({
  name: 'init',
  summary: 'write a cluster.yaml to begin with',
  examples: [
    ['oo-install init', 'write ./cluster.yaml, with every key explained'],
    ['oo-install init site.yaml', 'the same, elsewhere'],
  ],
  arguments: [{ name: '[file]', description: 'where to', default: defaultClusterFile }],
  run: async ({ args, write }) => {
    const file = args[0]!;
    await writeTemplate(assetPath('cluster', 'cluster.yaml'), file, {
      exists: clusterErrors.CLUSTER_FILE_EXISTS,
      unwritable: clusterErrors.CLUSTER_FILE_UNWRITABLE,
    });
    const typed = file === defaultClusterFile ? 'oo-install' : `oo-install -f ${file}`;
    write(`${file} is written. Put your servers in, then: ${typed}\n`);
  },
});
