import { readFile } from 'node:fs/promises';
import { defineErrors, errorText } from '../../common/errors.ts';
import { printable } from '../transport/parse-facts.ts';
import { type Cluster, clusterSchema } from './cluster-schema.ts';
import { isThere, namedTwice, parseYaml } from './yaml-file.ts';

/** What is looked for in the working folder when nothing is named. */
export const defaultClusterFile = 'cluster.yaml';

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

/** Reads cluster.yaml. @throws OoError CLUSTER_FILE_UNREADABLE, CLUSTER_FILE_INVALID with the line and the path of each problem */
export async function readClusterFile(file: string): Promise<Cluster> {
  const content = await readFile(file, 'utf8').catch((error: unknown) => {
    throw clusterErrors.CLUSTER_FILE_UNREADABLE(file, errorText(error));
  });
  return parseCluster(content, file);
}

/** The file of the working folder, when it is there and nobody else could have written it. @throws OoError CLUSTER_FILE_UNSAFE */
export async function findClusterFile(): Promise<string | undefined> {
  return (await isThere(defaultClusterFile, clusterErrors.CLUSTER_FILE_UNSAFE)) ? defaultClusterFile : undefined;
}

/** The text of a cluster file. `file` is for messages. Throws an OoError with every problem and its line. */
export function parseCluster(content: string, file: string): Cluster {
  const { data, problems } = parseYaml(content, file, clusterSchema, ({ hosts }) =>
    namedTwice(
      hosts.map(({ name }) => name),
      'hosts',
    ),
  );
  if (data === undefined) throw clusterErrors.CLUSTER_FILE_INVALID(problems);
  return data;
}
