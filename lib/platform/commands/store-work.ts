import { resolve } from 'node:path';
import { defragment } from '../backup/defragment.ts';
import { describeBackup } from '../backup/describe-backup.ts';
import { judgeDataFolder, restoreBackup } from '../backup/restore-backup.ts';
import { takeBackup } from '../backup/take-backup.ts';
import { dataPaths } from '../config/data-paths.ts';
import { judgeConfiguredFiles, readEtcdTls } from '../configured-files.ts';
import { openPresentStore } from '../open-store.ts';
import { judgeStore } from '../storage/sqlite/judge-store.ts';
import { PLATFORM_VERSION } from '../version.ts';
import type { PlatformFlags } from './platform-flags.ts';
import { configFrom } from './read-flags.ts';

type Write = (text: string) => void;

/** `openshift check`. */
export async function checkStore(flags: PlatformFlags, write: Write): Promise<void> {
  const config = await configFrom(flags);
  await judgeConfiguredFiles(config);
  await judgeDataFolder(config.dataDir);
  if (config.etcd === undefined) await judgeStore(dataPaths(config.dataDir).store);
  else await (await import('../storage/etcd/judge-etcd.ts')).judgeEtcd({ ...config.etcd, tls: await readEtcdTls(config) });
  write(`openshift ${PLATFORM_VERSION} can run with this configuration and this store\n`);
}

/** `openshift backup`. */
export async function backUp(
  file: string,
  { withKeys = false, ...flags }: PlatformFlags & { withKeys?: boolean },
  write: Write,
): Promise<void> {
  const config = await configFrom(flags);
  const report = await takeBackup({
    config,
    file: resolve(file),
    withKeys,
    openStore: () => openPresentStore(config),
    platform: PLATFORM_VERSION,
  });
  write(describeBackup(report, file, withKeys));
}

/** `openshift restore`. */
export async function restore(file: string, flags: PlatformFlags, write: Write): Promise<void> {
  const config = await configFrom(flags);
  const { keys, taken, files, newest } = await restoreBackup({
    config,
    file: resolve(file),
    etcdTls: await readEtcdTls(config),
  });
  const rest =
    files === 0 ? 'it held no keys: certificates are made anew at the start' : `with ${files} files of keys and certificates`;
  write(`restored ${keys} keys as they were on ${taken}, ${rest}; revisions go on from ${newest}\n`);
}

/** `openshift defrag`. */
export async function defrag(flags: PlatformFlags, write: Write): Promise<void> {
  const config = await configFrom(flags);
  for (const { of, before, after } of await defragment(config, () => openPresentStore(config)))
    write(`${of}: ${before} bytes before, ${after} after\n`);
}
