import { resolve } from 'node:path';
import { type Command, Option } from 'commander';
import { createLog, type Log } from '../../common/log.ts';
import { loadConfig } from '../config/load-config.ts';
import type { PlatformConfig, PlatformConfigInput } from '../config/platform-config.ts';

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

/** Gives the command these flags. */
export function withFlags(command: Command): Command {
  return command
    .option('--config <file>', 'configuration file (docs/configuration.md)')
    .option('--data-dir <folder>', 'where the store, certificates and node state are kept')
    .option('--listen <address:port>', 'where the API listens')
    .option('--node-name <name>', "name of this machine's Node object")
    .option('--advertise-address <address>', 'address at which others reach this machine')
    .option('--kubeconfig <file>', 'how the node reaches the API')
    .option(
      '--etcd <urls>',
      'keep the store in this etcd: https://HOST:PORT of each member, with commas in between (docs/etcd.md)',
    )
    .option('--etcd-ca <file>', "the authority of the members' certificates")
    .option('--etcd-cert <file>', 'the certificate that the members are shown')
    .option('--etcd-key <file>', 'its private key')
    .addOption(new Option('--log-level <level>').choices(['debug', 'info', 'warn', 'error', 'silent']));
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
