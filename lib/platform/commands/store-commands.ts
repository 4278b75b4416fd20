import type { Command } from 'commander';
import { type PlatformFlags, withFlags } from './platform-flags.ts';

/** What they do, and all of the stores: nothing that help needs. */
const work = () => import('./store-work.ts');

/** `openshift check`, `backup`, `restore`, `defrag`: what is done with the store as a whole. */
export function addStoreCommands(program: Command, write: (text: string) => void): void {
  withFlags(
    program
      .command('check')
      .description('judge the configuration and the store, and change nothing: whether this version can take over here'),
    ['files', 'listen', 'machine', 'api', 'etcd'],
  ).action(async (flags: PlatformFlags) => (await work()).checkStore(flags, write));

  withFlags(
    program
      .command('backup')
      .argument('<file>', 'a file that is not there yet; it gets mode 0600')
      .option('--with-keys', "take the certificates' and secrets' keys along: guard the file as you guard them")
      .description('write the whole store into one file, while the platform runs or not (docs/backup.md)'),
    ['files', 'etcd'],
  ).action(async (file: string, flags: PlatformFlags & { withKeys?: boolean }) => (await work()).backUp(file, flags, write));

  withFlags(
    program
      .command('restore')
      .argument('<file>', 'what "openshift backup" has written')
      .description('put a backup into an empty data folder, or an empty etcd (docs/backup.md)'),
    ['files', 'etcd'],
  ).action(async (file: string, flags: PlatformFlags) => (await work()).restore(file, flags, write));

  withFlags(
    program.command('defrag').description('give the room of what is gone back to the disk, while the platform runs or not'),
    ['files', 'etcd'],
  ).action(async (flags: PlatformFlags) => (await work()).defrag(flags, write));
}
