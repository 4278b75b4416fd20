import type { BackupReport } from './take-backup.ts';

/** What `openshift backup` says when it is through. */
export function describeBackup(
  { keys, files, secretsKeys, revision, bytes }: BackupReport,
  file: string,
  withKeys: boolean,
): string {
  const lines = [`${file}: ${keys} keys as they were at revision ${revision}, ${bytes} bytes`];
  if (withKeys) lines.push(`with ${files} files of keys and certificates: whoever has it can act as anybody here`);
  else lines.push('without the keys in the data folder: restored, the platform makes others, and clients need new kubeconfigs');
  if (secretsKeys.length > 0 && !withKeys)
    lines.push(`its secrets are encrypted under ${secretsKeys.join(', ')}: keep the file of these keys, apart from this one`);
  return `${lines.join('\n')}\n`;
}
