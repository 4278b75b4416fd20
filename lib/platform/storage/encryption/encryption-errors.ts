import { defineErrors } from '../../../common/errors.ts';

/** What keeps encrypted values from being read. */
export const encryptionErrors = defineErrors({
  ENCRYPTION_KEY_MISSING: {
    failure: 'platform',
    message: (key: string, name: string) => `${key} is encrypted under the key ${name}, which is not there`,
    hint: () => 'put the key back into the file that "secretsKeyFile" of the configuration names',
  },
  ENCRYPTED_VALUE_DAMAGED: {
    failure: 'platform',
    message: (key: string, name: string) => `${key} cannot be decrypted with the key ${name}: one of the two has been changed`,
    hint: () => 'restore the store, or the key file, from a backup',
  },
});
