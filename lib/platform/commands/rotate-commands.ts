import type { Command } from 'commander';
import { type PlatformFlags, withFlags } from './platform-flags.ts';

/** `openshift rotate`: another key in the place of one. */
export function addRotateCommands(program: Command, write: (text: string) => void): void {
  const rotate = program.command('rotate').description('replace a key; what the old one made stays good');
  withFlags(
    rotate
      .command('service-account-key')
      .description('sign service-account tokens with a new key from the next start on; tokens that are out stay good'),
    ['files'],
  ).action(async (flags: PlatformFlags) => {
    write(await (await import('./rotate-keys.ts')).rotateServiceAccounts(flags));
  });

  withFlags(
    rotate
      .command('secrets-key')
      .description(
        'encrypt the secrets in the store under a new key from the next start on (secretsKeyFile of the configuration)',
      ),
    ['files'],
  ).action(async (flags: PlatformFlags) => {
    write(await (await import('./rotate-keys.ts')).rotateSecrets(flags));
  });
}
