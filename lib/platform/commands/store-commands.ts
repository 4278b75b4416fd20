import { resolve } from 'node:path';
import type { Command } from 'commander';
import { defragment } from '../backup/defragment.ts';
import { describeBackup } from '../backup/describe-backup.ts';
import { judgeDataFolder, restoreBackup } from '../backup/restore-backup.ts';
import { takeBackup } from '../backup/take-backup.ts';
import { dataPaths } from '../config/data-paths.ts';
import { judgeConfiguredFiles, readEtcdTls } from '../configured-files.ts';
import { openPresentStore } from '../open-store.ts';
import { judgeStore } from '../storage/sqlite/judge-store.ts';
import { PLATFORM_VERSION } from '../version.ts';
import { configFrom, type PlatformFlags, withFlags } from './platform-flags.ts';

/** `openshift check`, `backup`, `restore`, `defrag`: what is done with the store as a whole. */
export function addStoreCommands(program: Command, write: (text: string) => void): void {
  withFlags(
    program
      .command('check')
      .description('judge the configuration and the store, and change nothing: whether this version can take over here'),
    ['files', 'listen', 'machine', 'api', 'etcd'],
  ).action(async (flags: PlatformFlags) => {
    const config = await configFrom(flags);
    await judgeConfiguredFiles(config);
    await judgeDataFolder(config.dataDir);
    if (config.etcd === undefined) await judgeStore(dataPaths(config.dataDir).store);
    else await (await import('../storage/etcd/judge-etcd.ts')).judgeEtcd({ ...config.etcd, tls: await readEtcdTls(config) });
    write(`openshift ${PLATFORM_VERSION} can run with this configuration and this store\n`);
  });

  withFlags(
    program
      .command('backup')
      .argument('<file>', 'a file that is not there yet; it gets mode 0600')
      .option('--with-keys', "take the certificates' and secrets' keys along: guard the file as you guard them")
      .description('write the whole store into one file, while the platform runs or not (docs/backup.md)'),
    ['files', 'etcd'],
  ).action(async (file: string, { withKeys = false, ...flags }: PlatformFlags & { withKeys?: boolean }) => {
    const config = await configFrom(flags);
    const report = await takeBackup({
      config,
      file: resolve(file),
      withKeys,
      openStore: () => openPresentStore(config),
      platform: PLATFORM_VERSION,
    });
    write(describeBackup(report, file, withKeys));
  });

  withFlags(
    program
      .command('restore')
      .argument('<file>', 'what "openshift backup" has written')
      .description('put a backup into an empty data folder, or an empty etcd (docs/backup.md)'),
    ['files', 'etcd'],
  ).action(async (file: string, flags: PlatformFlags) => {
    const config = await configFrom(flags);
    const { keys, taken, files, newest } = await restoreBackup({
      config,
      file: resolve(file),
      etcdTls: await readEtcdTls(config),
    });
    const rest =
      files === 0 ? 'it held no keys: certificates are made anew at the start' : `with ${files} files of keys and certificates`;
    write(`restored ${keys} keys as they were on ${taken}, ${rest}; revisions go on from ${newest}\n`);
  });

  withFlags(
    program.command('defrag').description('give the room of what is gone back to the disk, while the platform runs or not'),
    ['files', 'etcd'],
  ).action(async (flags: PlatformFlags) => {
    const config = await configFrom(flags);
    for (const { of, before, after } of await defragment(config, () => openPresentStore(config)))
      write(`${of}: ${before} bytes before, ${after} after\n`);
  });
}
