import { randomUUID } from 'node:crypto';
import { existsSync } from 'node:fs';
import { hostname } from 'node:os';
import { dirname } from 'node:path';
import { resources } from './api/registry.ts';
import { resourcePrefix } from './apiserver/store/storage-key.ts';
import { dataPaths } from './config/data-paths.ts';
import type { PlatformConfig } from './config/platform-config.ts';
import { readEtcdTls } from './configured-files.ts';
import { ensureSecretsKeys } from './pki/secrets-keys.ts';
import { createFile, ensurePrivateDir, readPrivateFile } from './pki/secure-files.ts';
import type { Backend } from './storage/backend.ts';
import { encryptAgain, encryptedBackend } from './storage/encryption/encrypted-backend.ts';
import { ValueCipher } from './storage/encryption/value-cipher.ts';
import { lockFile } from './storage/sqlite/lock-file.ts';
import { openSqliteBackend } from './storage/sqlite/sqlite-backend.ts';
import { storeErrors } from './storage/sqlite/store-errors.ts';

type EtcdConfig = NonNullable<PlatformConfig['etcd']>;

/** Below these lie objects that are for their readers alone. */
const CONFIDENTIAL = resources
  .filter(({ confidential, virtual }) => confidential === true && virtual === undefined)
  .map(resourcePrefix);

/** The store, and what of it is on disk: what is encrypted stays so there. Closing the one closes the other. */
export interface OpenStore {
  readonly backend: Backend;
  readonly stored: Backend;
}

/**
 * Opens the store. With a key file, secrets are encrypted in it, those too that were stored before the file's first key was.
 * `fail` is told when the store is lost later. Throws OoError when store or keys cannot be used.
 */
export async function openStore(config: PlatformConfig, fail: (error: unknown) => void): Promise<OpenStore> {
  const keys = config.secretsKeyFile === undefined ? undefined : await ensureSecretsKeys(config.secretsKeyFile);
  const backend = await openStoredBytes(config, fail);
  if (keys === undefined) return { backend, stored: backend };
  try {
    const cipher = new ValueCipher(keys);
    await encryptAgain(backend, CONFIDENTIAL, cipher);
    return { backend: encryptedBackend(backend, CONFIDENTIAL, cipher), stored: backend };
  } catch (error) {
    await backend.close();
    throw error;
  }
}

/** The store as it is on disk: what is encrypted stays so. */
export function openStoredBytes(config: PlatformConfig, fail: (error: unknown) => void): Promise<Backend> {
  const { dataDir, etcd } = config;
  if (etcd === undefined) return openSqliteBackend({ path: dataPaths(dataDir).store, onFailure: fail });
  return openEtcd(config, etcd, fail);
}

/** The same of a store that a platform has made: a command must not answer for an empty one that it makes itself. Throws STORE_ABSENT. */
export async function openPresentStore(config: PlatformConfig): Promise<Backend> {
  const { store } = dataPaths(config.dataDir);
  if (config.etcd === undefined && !existsSync(store)) throw storeErrors.STORE_ABSENT(store);
  return openStoredBytes(config, () => undefined);
}

async function openEtcd(config: PlatformConfig, etcd: EtcdConfig, fail: (error: unknown) => void): Promise<Backend> {
  // gRPC takes time to load, which only those pay who use it.
  const { openEtcdBackend } = await import('./storage/etcd/etcd-backend.ts');
  const { storeLock, storeId } = dataPaths(config.dataDir);
  const tls = await readEtcdTls(config);
  await ensurePrivateDir(dirname(storeLock));
  // As long as it is held, an earlier run under this id is over.
  const lock = lockFile(storeLock);
  try {
    await createFile(storeId, randomUUID());
    const id = (await readPrivateFile(storeId))!.trim();
    const backend = await openEtcdBackend({
      endpoints: etcd.endpoints,
      prefix: etcd.prefix,
      tls,
      claim: { id, name: `${hostname()}, process ${process.pid}` },
      onFailure: fail,
    });
    return closing(backend, () => lock.release());
  } catch (error) {
    lock.release();
    throw error;
  }
}

/** The same backend, with something to be done once it is closed. */
function closing(backend: Backend, afterwards: () => void): Backend {
  const close = backend.close.bind(backend);
  backend.close = () => close().finally(afterwards);
  return backend;
}
