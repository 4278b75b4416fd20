import { resolve } from 'node:path';
import { createLog, type Log } from '../../common/log.ts';
import { loadConfig } from '../config/load-config.ts';
import type { PlatformConfig, PlatformConfigInput } from '../config/platform-config.ts';
import type { PlatformFlags } from './platform-flags.ts';

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
