import { OoError } from '../../../common/errors.ts';
import { registerSecret } from '../../../common/secrets.ts';
import type { Prompter } from '../../prompter.ts';
import { printable } from '../../../common/printable.ts';
import { KeyRing } from './key-ring.ts';
import { readSecretFile } from './secret-file.ts';

/** What a password is for. */
export type PasswordKind = 'login' | 'sudo';

/** Whose password. `host` is what a person calls the server. */
export interface Account {
  readonly host: string;
  readonly user: string;
  /** On the way to a server only: what is meant for the servers is never given to it. @default false */
  readonly isJump?: boolean;
}

/** Files of mode 0600 with a password in their first line, or `-` for standard input. */
export interface GivenPasswords {
  readonly passwordFile?: string;
  readonly sudoPasswordFile?: string;
}

/**
 * Passwords and passphrases of one run. Each is asked once and shared by all servers; a server that refuses it has it asked anew. A jump host
 * has questions of its own. They live in memory only, and are registered to be left out of every output.
 */
export interface Credentials {
  /** The key files, unlocked once for all servers. */
  readonly keys: KeyRing;
  /** Whether a password could be had at all: nobody is bothered by a method that cannot succeed. */
  has(kind: PasswordKind, account: Account): boolean;
  /** The account's password; `wrong` is the one that was just refused. Undefined: nobody is there to give another one. */
  password(kind: PasswordKind, account: Account, wrong?: string): Promise<string | undefined>;
  /** This one was right. It is tried for sudo too before anything is asked. */
  accepted(kind: PasswordKind, account: Account, password: string): void;
  /** A key file's passphrase, asked for each time: who unlocks keys keeps them (key-ring.ts). */
  passphrase(file: string, again: boolean): Promise<string | undefined>;
  /** An answer to a question of the server's own, such as a one-time code. */
  answer(account: Account, question: string): Promise<string | undefined>;
}

/** Passwords out of files where there are such, else asked for. */
export function sshCredentials(prompter: Prompter, given: GivenPasswords = {}): Credentials {
  return new AskedCredentials(prompter, given);
}

class AskedCredentials implements Credentials {
  readonly keys = new KeyRing(this);
  readonly #prompter: Prompter;
  readonly #files: Readonly<Record<PasswordKind, string | undefined>>;
  /** By kind and user: what all servers share. */
  readonly #shared = new Map<string, Promise<string | undefined>>();
  /** By kind and account: where the shared one is wrong. */
  readonly #own = new Map<string, string>();
  readonly #accepted = new Map<string, string>();
  readonly #refused = new Map<string, Set<string>>();

  constructor(prompter: Prompter, given: GivenPasswords) {
    this.#prompter = prompter;
    this.#files = { login: given.passwordFile, sudo: given.sudoPasswordFile };
  }

  has(kind: PasswordKind, { isJump = false }: Account): boolean {
    return this.#prompter.interactive || (!isJump && this.#files[kind] !== undefined);
  }

  async password(kind: PasswordKind, account: Account, wrong?: string): Promise<string | undefined> {
    const key = keyOf(kind, account);
    const refused = this.#refused.get(key) ?? new Set<string>();
    this.#refused.set(key, refused);
    if (wrong !== undefined) refused.add(wrong);
    const known = [this.#own.get(key), kind === 'sudo' ? this.#accepted.get(keyOf('login', account)) : undefined];
    const usable = known.find((candidate) => candidate !== undefined && !refused.has(candidate));
    if (usable !== undefined) return usable;
    if (account.isJump === true) return this.#askOwn(kind, account, refused);
    const shared = await this.#ofAll(kind, account);
    if (shared === undefined || !refused.has(shared)) return shared;
    if (![...this.#accepted].some(([at, password]) => at.startsWith(`${kind} `) && password === shared)) {
      // Right nowhere yet: mistyped, most likely. Everybody waits for the next one.
      this.#shared.delete(`${kind} ${account.user}`);
      return this.#ofAll(kind, account, refused);
    }
    return this.#askOwn(kind, account, new Set());
  }

  /** One that no other server gets. */
  async #askOwn(kind: PasswordKind, account: Account, refused: ReadonlySet<string>): Promise<string | undefined> {
    const own = await this.#ask(refused.size === 0 ? question(kind, account) : `Wrong. ${question(kind, account)}`);
    if (own !== undefined) this.#own.set(keyOf(kind, account), own);
    return own;
  }

  accepted(kind: PasswordKind, account: Account, password: string): void {
    this.#accepted.set(keyOf(kind, account), password);
  }

  passphrase(file: string, again: boolean): Promise<string | undefined> {
    return this.#ask(`${again ? 'Wrong. ' : ''}Passphrase of the key ${printable(file)}`);
  }

  answer(account: Account, text: string): Promise<string | undefined> {
    return this.#ask(`${printable(account.user)}@${printable(account.host)}: ${printable(text).replace(/[:\s]+$/, '')}`);
  }

  /** The one that all servers share: given, or asked by whoever needs it first. */
  #ofAll(kind: PasswordKind, account: Account, refused: ReadonlySet<string> = new Set()): Promise<string | undefined> {
    const key = `${kind} ${account.user}`;
    const asked = this.#shared.get(key) ?? this.#obtain(kind, account, refused);
    this.#shared.set(key, asked);
    return asked;
  }

  async #obtain(kind: PasswordKind, account: Account, refused: ReadonlySet<string>): Promise<string | undefined> {
    const file = this.#files[kind];
    const given = file === undefined ? undefined : await readSecretFile(file);
    if (given !== undefined && !refused.has(given)) return given;
    return this.#ask(refused.size === 0 ? question(kind, account) : `Wrong. ${question(kind, account)}`);
  }

  /** Undefined where nobody is there to answer. */
  async #ask(text: string): Promise<string | undefined> {
    try {
      const answer = await this.#prompter.secret(`${text}: `);
      registerSecret(answer);
      return answer;
    } catch (error) {
      if (error instanceof OoError && error.code === 'ANSWER_NEEDED') return undefined;
      throw error;
    }
  }
}

const keyOf = (kind: PasswordKind, { user, host, isJump }: Account): string =>
  `${kind} ${user} ${host}${isJump === true ? ' jump' : ''}`;

/** As ssh and sudo name an account; who asks is told, since a person types what is meant for that one. */
function question(kind: PasswordKind, { user, host, isJump }: Account): string {
  const whom = `${printable(user)}@${printable(host.replace(/^ssh:\/\//, '').replace(/^.*@/, ''))}`;
  return `${kind === 'sudo' ? 'sudo password' : 'Password'} of ${whom}${isJump === true ? ' (a jump host)' : ''}`;
}
