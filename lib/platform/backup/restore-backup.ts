import { mkdir, open, readdir, rm } from 'node:fs/promises';
import { dirname, join, normalize } from 'node:path';
import { dataPaths } from '../config/data-paths.ts';
import type { PlatformConfig } from '../config/platform-config.ts';
import { parseSecretsKeys } from '../pki/secrets-keys.ts';
import { createFile, ensurePrivateDir, readPrivateFile } from '../pki/secure-files.ts';
import type { EtcdTls } from '../storage/etcd/etcd-member.ts';
import { lockFile } from '../storage/sqlite/lock-file.ts';
import { restoreSqlite } from '../storage/sqlite/restore-sqlite.ts';
import { backupErrors } from './backup-errors.ts';
import { readBackupFile } from './backup-file.ts';
import type { End, Head } from './backup-lines.ts';
import { SECRETS_KEYS } from './take-backup.ts';

/**
 * How far revisions jump, so that they go on behind all that clients have seen since the backup: a thousand million, as etcd's own
 * documentation advises for a restored snapshot.
 */
const JUMP = 1_000_000_000;

export interface RestoreOptions {
  readonly config: PlatformConfig;
  readonly file: string;
  readonly etcdTls: EtcdTls;
}

/** What was restored. */
export type RestoreReport = Head & End['end'] & { readonly newest: number };

/**
 * Puts a backup into an empty data folder, or an empty prefix of an etcd. The whole file is judged before anything is written. Cut off at any
 * point, the platform does not start on what is there, and another restore begins anew. Throws OoError.
 */
export async function restoreBackup({ config, file, etcdTls }: RestoreOptions): Promise<RestoreReport> {
  const { head, end, secretsKeys } = await judge(file);
  await judgeSecretsKeys(config, file, end, secretsKeys);
  const base = head.revision + JUMP;
  const { etcd, dataDir } = config;
  const intoEtcd = async (into: NonNullable<PlatformConfig['etcd']>): Promise<number> => {
    // gRPC takes time to load, which only those pay who use it.
    const { restoreEtcd } = await import('../storage/etcd/restore-etcd.ts');
    return await restoreEtcd({ ...into, tls: etcdTls }, base, keysOf(file));
  };
  if (etcd !== undefined && end.files === 0) return { ...head, ...end, newest: await intoEtcd(etcd) };
  const newest = await inEmptyFolder(dataDir, async () => {
    await restoreFiles(config, file);
    if (etcd !== undefined) return await intoEtcd(etcd);
    const { store } = dataPaths(dataDir);
    await mkdir(dirname(store), { recursive: true, mode: 0o700 });
    return await restoreSqlite(store, base, keysOf(file));
  });
  return { ...head, ...end, newest };
}

/** Throws RESTORE_UNFINISHED for a data folder that a restore was cut off in. */
export async function judgeDataFolder(dataDir: string): Promise<void> {
  const names = await readdir(dataDir).catch((): string[] => []);
  if (names.includes(RESTORE_MARK)) throw backupErrors.RESTORE_UNFINISHED(dataDir);
}

const RESTORE_MARK = 'restore-unfinished';

/**
 * Fills a folder that is empty, or holds what a restore has left that was cut off. The mark is there for as long as it is not whole; the kernel's
 * lock on it keeps a second restore out.
 */
async function inEmptyFolder<T>(dataDir: string, fill: () => Promise<T>): Promise<T> {
  await ensurePrivateDir(dataDir);
  const path = join(dataDir, RESTORE_MARK);
  const before: string[] = await readdir(dataDir);
  const interrupted = before.includes(RESTORE_MARK);
  if (!interrupted && before.length > 0) throw backupErrors.RESTORE_NOT_EMPTY(dataDir);
  const mark = lockFile(path);
  try {
    const others = (await readdir(dataDir)).filter((name) => !name.startsWith(RESTORE_MARK));
    // With a mark from the beginning, all of this is a restore's; without one, somebody has just moved in.
    if (others.length > 0 && !interrupted) {
      await rm(path);
      throw backupErrors.RESTORE_NOT_EMPTY(dataDir);
    }
    for (const name of others) await rm(join(dataDir, name), { recursive: true });
    // On disk before anything that it marks.
    await syncFolder(dataDir);
    const filled = await fill();
    await syncFolder(dataDir);
    await rm(path);
    await syncFolder(dataDir);
    return filled;
  } finally {
    mark.release();
  }
}

/** Reads the whole file. */
async function judge(file: string): Promise<{ head: Head; end: End['end']; secretsKeys: string | undefined }> {
  let head: Head | undefined;
  let end: End['end'] | undefined;
  let secretsKeys: string | undefined;
  for await (const entry of readBackupFile(file)) {
    if (entry.kind === 'head') head = entry.head;
    else if (entry.kind === 'end') end = entry.end;
    else if (entry.kind === 'file') {
      if (entry.file === SECRETS_KEYS) secretsKeys = entry.content.toString('utf8');
      else if (!/^pki\/[\w.-]+(\/[\w.-]+)*$/.test(entry.file) || normalize(entry.file) !== entry.file)
        throw backupErrors.BACKUP_DAMAGED(file, `it holds a file ${JSON.stringify(entry.file)}`);
    }
  }
  return { head: head!, end: end!, secretsKeys };
}

/** Every encrypted value must be readable afterwards. */
async function judgeSecretsKeys(
  { secretsKeyFile }: PlatformConfig,
  file: string,
  end: End['end'],
  brought: string | undefined,
): Promise<void> {
  if (end.secretsKeys.length === 0) return;
  const there = secretsKeyFile === undefined ? undefined : await readPrivateFile(secretsKeyFile);
  // What the backup brings is put where the configuration says, unless something is there.
  const text = secretsKeyFile === undefined ? undefined : (there ?? brought);
  const names = text === undefined ? [] : parseSecretsKeys(text, secretsKeyFile!).map(({ name }) => name);
  const missing = end.secretsKeys.filter((name) => !names.includes(name));
  if (missing.length > 0) throw backupErrors.RESTORE_KEYS_MISSING(file, missing.join(', '));
}

async function restoreFiles({ dataDir, secretsKeyFile }: PlatformConfig, file: string): Promise<void> {
  for await (const entry of readBackupFile(file)) {
    if (entry.kind !== 'file') continue;
    const path = entry.file === SECRETS_KEYS ? secretsKeyFile : join(dataDir, entry.file);
    if (path === undefined) continue;
    await mkdir(dirname(path), { recursive: true, mode: 0o700 });
    await createFile(path, entry.content.toString('utf8'));
  }
}

async function* keysOf(file: string): AsyncGenerator<{ readonly key: string; readonly value: Buffer }> {
  for await (const entry of readBackupFile(file)) if (entry.kind === 'key') yield entry;
}

async function syncFolder(path: string): Promise<void> {
  const folder = await open(path, 'r');
  await folder.sync().finally(() => folder.close());
}
