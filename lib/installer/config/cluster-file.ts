import { readFile } from 'node:fs/promises';
import { errorText } from '../../common/errors.ts';
import { clusterErrors } from './cluster-file-errors.ts';
import { type Cluster, clusterSchema } from './cluster-schema.ts';
import { namedTwice, parseYaml } from './yaml-file.ts';

/** Reads cluster.yaml. @throws OoError CLUSTER_FILE_UNREADABLE, CLUSTER_FILE_INVALID with the line and the path of each problem */
export async function readClusterFile(file: string): Promise<Cluster> {
  const content = await readFile(file, 'utf8').catch((error: unknown) => {
    throw clusterErrors.CLUSTER_FILE_UNREADABLE(file, errorText(error));
  });
  return parseCluster(content, file);
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
