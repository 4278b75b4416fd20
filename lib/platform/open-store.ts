import { resources } from './api/registry.ts';
import { resourcePrefix } from './apiserver/store/storage-key.ts';
import { dataPaths } from './config/data-paths.ts';
import type { PlatformConfig } from './config/platform-config.ts';
import { ensureSecretsKeys } from './pki/secrets-keys.ts';
import type { Backend } from './storage/backend.ts';
import { encryptAgain, encryptedBackend } from './storage/encryption/encrypted-backend.ts';
import { ValueCipher } from './storage/encryption/value-cipher.ts';
import { openSqliteBackend } from './storage/sqlite/sqlite-backend.ts';

/** Below these lie objects that are for their readers alone. */
const CONFIDENTIAL = resources
  .filter(({ confidential, virtual }) => confidential === true && virtual === undefined)
  .map(resourcePrefix);

/**
 * Opens the store. With a key file, secrets are encrypted in it, those too that were stored before the file's first key was.
 * `fail` is told when the store is lost later. Throws OoError when store or keys cannot be used.
 */
export async function openStore(config: PlatformConfig, fail: (error: unknown) => void): Promise<Backend> {
  const keys = config.secretsKeyFile === undefined ? undefined : await ensureSecretsKeys(config.secretsKeyFile);
  const backend = await openSqliteBackend({ path: dataPaths(config.dataDir).store, onFailure: fail });
  if (keys === undefined) return backend;
  try {
    const cipher = new ValueCipher(keys);
    await encryptAgain(backend, CONFIDENTIAL, cipher);
    return encryptedBackend(backend, CONFIDENTIAL, cipher);
  } catch (error) {
    await backend.close();
    throw error;
  }
}
