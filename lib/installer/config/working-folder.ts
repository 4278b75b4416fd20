import { stat } from 'node:fs/promises';
import { clusterErrors } from './cluster-file-errors.ts';
import { labFileErrors } from './lab-file-errors.ts';

/** What is looked for in the working folder when nothing is named. */
export const defaultClusterFile = 'cluster.yaml';
export const defaultLabFile = 'lab.yaml';

/** The cluster.yaml of the working folder, when it is there and nobody else could have written it. @throws OoError CLUSTER_FILE_UNSAFE */
export async function findClusterFile(): Promise<string | undefined> {
  return (await isThere(defaultClusterFile, clusterErrors.CLUSTER_FILE_UNSAFE)) ? defaultClusterFile : undefined;
}

/** The lab.yaml of the working folder, when it is there and nobody else could have written it. @throws OoError LAB_FILE_UNSAFE */
export async function findLabFile(): Promise<string | undefined> {
  return (await isThere(defaultLabFile, labFileErrors.LAB_FILE_UNSAFE)) ? defaultLabFile : undefined;
}

/** Whether a file of the working folder is there, and nobody else could have written it: `unsafe` is thrown of one that somebody could. */
async function isThere(file: string, unsafe: (file: string) => Error): Promise<boolean> {
  const found = await stat(file).catch(() => undefined);
  if (found?.isFile() !== true) return false;
  const us = process.getuid?.() ?? found.uid;
  if ((found.uid !== us && found.uid !== 0) || (found.mode & 0o002) !== 0) throw unsafe(file);
  return true;
}
