import { type Command, Option } from 'commander';
import type { PlatformConfig } from '../config/platform-config.ts';
import { DEFAULTS } from '../config/told-defaults.ts';

/** What every command takes that works on a platform of this machine. They stand above its configuration file. */
export interface PlatformFlags {
  config?: string;
  dataDir?: string;
  listen?: string;
  nodeName?: string;
  advertiseAddress?: string;
  kubeconfig?: string;
  etcd?: string;
  etcdCa?: string;
  etcdCert?: string;
  etcdKey?: string;
  logLevel?: PlatformConfig['logLevel'];
}

/** What a flag is about: where things are, the API, this machine, the node's way to the API, the store's etcd, the log. */
type Concern = 'files' | 'listen' | 'machine' | 'api' | 'etcd' | 'log';

const OPTIONS: readonly (readonly [Concern, flags: string, description: string, choices?: readonly string[]])[] = [
  ['files', '--config <file>', 'configuration file (docs/configuration.md)'],
  ['files', '--data-dir <folder>', `where the store, certificates and node state are kept (default: ${DEFAULTS.dataDir})`],
  ['listen', '--listen <address:port>', `where the API listens (default: ${DEFAULTS.listen})`],
  ['machine', '--node-name <name>', "name of this machine's Node object (default: its host name)"],
  ['machine', '--advertise-address <address>', 'address at which others reach this machine (default: that of its default route)'],
  ['api', '--kubeconfig <file>', 'how the node reaches the API (default: what the master has written into the data folder)'],
  [
    'etcd',
    '--etcd <urls>',
    'keep the store in this etcd: https://HOST:PORT of each member, with commas in between (docs/etcd.md)',
  ],
  ['etcd', '--etcd-ca <file>', "the authority of the members' certificates"],
  ['etcd', '--etcd-cert <file>', 'the certificate that the members are shown'],
  ['etcd', '--etcd-key <file>', 'its private key'],
  [
    'log',
    '--log-level <level>',
    `how much is logged (default: ${DEFAULTS.logLevel})`,
    ['debug', 'info', 'warn', 'error', 'silent'],
  ],
];

/**
 * Gives the command these flags. All stand above the configuration file, and so each command takes all; its help tells
 * of those that decide something for it.
 */
export function withFlags(command: Command, told: readonly Concern[]): Command {
  for (const [concern, flags, description, choices] of OPTIONS) {
    const option = new Option(flags, description).hideHelp(!told.includes(concern));
    command.addOption(choices === undefined ? option : option.choices(choices));
  }
  return command;
}
