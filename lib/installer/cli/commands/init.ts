import { copyFile, constants } from 'node:fs/promises';
import { assetPath } from '../../../common/assets.ts';
import { errorText } from '../../../common/errors.ts';
import { clusterErrors, defaultClusterFile } from '../../config/cluster-file.ts';
import { defineCommand } from '../define-command.ts';

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
    try {
      await copyFile(assetPath('cluster', 'cluster.yaml'), file, constants.COPYFILE_EXCL);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'EEXIST') throw clusterErrors.CLUSTER_FILE_EXISTS(file);
      throw clusterErrors.CLUSTER_FILE_UNWRITABLE(file, errorText(error));
    }
    const typed = file === defaultClusterFile ? 'oo-install' : `oo-install -f ${file}`;
    write(`${file} is written. Put your servers in, then: ${typed}\n`);
  },
});
