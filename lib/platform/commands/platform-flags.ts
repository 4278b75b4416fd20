import { resolve } from 'node:path';
import { type Command, Option } from 'commander';
import { createLog, type Log } from '../../common/log.ts';
import { loadConfig } from '../config/load-config.ts';
import { type PlatformConfig, type PlatformConfigInput, platformConfigSchema } from '../config/platform-config.ts';

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

const { dataDir, listen, logLevel } = platformConfigSchema.parse({});

/** What a flag is about: where things are, the API, this machine, the node's way to the API, the store's etcd, the log. */
type Concern = 'files' | 'listen' | 'machine' | 'api' | 'etcd' | 'log';

const OPTIONS: readonly (readonly [Concern, flags: string, description: string, choices?: readonly string[]])[] = [
  ['files', '--config <file>', 'configuration file (docs/configuration.md)'],
  ['files', '--data-dir <folder>', `where the store, certificates and node state are kept (default: ${dataDir})`],
  ['listen', '--listen <address:port>', `where the API listens (default: ${listen})`],
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
  ['log', '--log-level <level>', `how much is logged (default: ${logLevel})`, ['debug', 'info', 'warn', 'error', 'silent']],
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

/** The configuration that the flags and the file make together. Rejects with an OoError. */
export function configFrom(flags: PlatformFlags): Promise<PlatformConfig> {
  const { config: file, etcd: urls, etcdCa, etcdCert, etcdKey, ...overrides } = flags;
  const etcd = {
    ...(urls !== undefined && { endpoints: urls.split(',') }),
    ...(etcdCa !== undefined && { caFile: resolve(etcdCa) }),
    ...(etcdCert !== undefined && { certFile: resolve(etcdCert) }),
    ...(etcdKey !== undefined && { keyFile: resolve(etcdKey) }),
  };
  // What is not there may be in the file.
  const given = Object.keys(etcd).length === 0 ? {} : { etcd: etcd as NonNullable<PlatformConfigInput['etcd']> };
  return loadConfig(file, { ...overrides, ...given } satisfies PlatformConfigInput);
}

/** On standard error, as loud as the configuration says. */
export const logFor = (config: PlatformConfig): Log => createLog({ name: 'openshift', level: config.logLevel });
