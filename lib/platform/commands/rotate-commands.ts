import type { Command } from 'commander';
import { dataPaths } from '../config/data-paths.ts';
import { configErrors } from '../config/errors.ts';
import { rotateSecretsKey } from '../pki/secrets-keys.ts';
import { rotateServiceAccountKey } from '../pki/service-account-keys.ts';
import { configFrom, type PlatformFlags, withFlags } from './platform-flags.ts';

/** `openshift rotate`: another key in the place of one. */
export function addRotateCommands(program: Command, write: (text: string) => void): void {
  const rotate = program.command('rotate').description('replace a key; what the old one made stays good');
  withFlags(
    rotate
      .command('service-account-key')
      .description('sign service-account tokens with a new key from the next start on; tokens that are out stay good'),
    ['files'],
  ).action(async (flags: PlatformFlags) => {
    const config = await configFrom(flags);
    const retired = await rotateServiceAccountKey(dataPaths(config.dataDir).pki);
    write(`the old key is kept for verification in ${retired}; restart the daemon to sign with the new one\n`);
  });

  withFlags(
    rotate
      .command('secrets-key')
      .description(
        'encrypt the secrets in the store under a new key from the next start on (secretsKeyFile of the configuration)',
      ),
    ['files'],
  ).action(async (flags: PlatformFlags) => {
    const { secretsKeyFile } = await configFrom(flags);
    if (secretsKeyFile === undefined) throw configErrors.SECRETS_KEY_FILE_UNSET();
    const others = await rotateSecretsKey(secretsKeyFile);
    write(
      `restart the daemon to encrypt every secret under the new key; then ${others.join(', ')} in ${secretsKeyFile} are needed for older backups of the store alone\n`,
    );
  });
}
