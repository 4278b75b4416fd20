import { dataPaths } from '../config/data-paths.ts';
import { configErrors } from '../config/errors.ts';
import { rotateSecretsKey } from '../pki/secrets-keys.ts';
import { rotateServiceAccountKey } from '../pki/service-account-keys.ts';
import type { PlatformFlags } from './platform-flags.ts';
import { configFrom } from './read-flags.ts';

/** `openshift rotate service-account-key`: resolves with what is told. */
export async function rotateServiceAccounts(flags: PlatformFlags): Promise<string> {
  const config = await configFrom(flags);
  const retired = await rotateServiceAccountKey(dataPaths(config.dataDir).pki);
  return `the old key is kept for verification in ${retired}; restart the daemon to sign with the new one\n`;
}

/** `openshift rotate secrets-key`: resolves with what is told. */
export async function rotateSecrets(flags: PlatformFlags): Promise<string> {
  const { secretsKeyFile } = await configFrom(flags);
  if (secretsKeyFile === undefined) throw configErrors.SECRETS_KEY_FILE_UNSET();
  const others = await rotateSecretsKey(secretsKeyFile);
  return `restart the daemon to encrypt every secret under the new key; then ${others.join(', ')} in ${secretsKeyFile} are needed for older backups of the store alone\n`;
}
