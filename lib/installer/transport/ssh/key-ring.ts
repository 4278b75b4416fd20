import type { ParsedKey } from 'ssh2';
import type { Credentials } from './credentials.ts';
import { type KeyFile, readKeyFile, unlockKey } from './key-file.ts';
import { sshErrors } from './ssh-errors.ts';

/** Times that a passphrase is asked for (OpenSSH: NumberOfPasswordPrompts). */
const passphraseTries = 3;

/** The key files of one run: each is read once, and unlocked once at most, whichever servers want it. */
export class KeyRing {
  readonly #credentials: Credentials;
  readonly #files = new Map<string, Promise<KeyFile | undefined>>();
  readonly #unlocked = new Map<string, Promise<ParsedKey>>();

  constructor(credentials: Credentials) {
    this.#credentials = credentials;
  }

  /** Undefined when there is no such file. */
  file(path: string): Promise<KeyFile | undefined> {
    const read = this.#files.get(path) ?? readKeyFile(path);
    this.#files.set(path, read);
    return read;
  }

  /** The private key; its passphrase is asked for if need be. Rejects with SSH_KEY_EXPOSED, SSH_PASSPHRASE_WRONG or SSH_PASSPHRASE_NEEDED. */
  unlock(file: KeyFile): Promise<ParsedKey> {
    const unlocked = this.#unlocked.get(file.path) ?? this.#unlock(file);
    this.#unlocked.set(file.path, unlocked);
    return unlocked;
  }

  async #unlock(file: KeyFile): Promise<ParsedKey> {
    if (file.exposedMode !== undefined) throw sshErrors.SSH_KEY_EXPOSED(file.path, file.exposedMode);
    if (!file.encrypted) {
      const key = unlockKey(file);
      if (key === undefined) throw sshErrors.SSH_KEY_UNREADABLE(file.path, 'its format is not known');
      return key;
    }
    for (let tries = 0; tries < passphraseTries; tries++) {
      const passphrase = await this.#credentials.passphrase(file.path, tries > 0);
      if (passphrase === undefined) throw sshErrors.SSH_PASSPHRASE_NEEDED(file.path);
      const key = unlockKey(file, passphrase);
      if (key !== undefined) return key;
    }
    throw sshErrors.SSH_PASSPHRASE_WRONG(file.path);
  }
}
