import type { AnyAuthMethod, AuthenticationType, KeyboardInteractiveAuthMethod, Prompt } from 'ssh2';
import { OoError } from '../../../common/errors.ts';
import type { SshSettings } from '../../config/ssh-settings.ts';
import { printable } from '../../../common/printable.ts';
import type { Account, Credentials } from './credentials.ts';
import { findIdentities, offerAll } from './identities.ts';
import { sshErrors } from './ssh-errors.ts';

/** Times that a password is asked for on one server (OpenSSH: NumberOfPasswordPrompts). */
const passwordTries = 3;

export interface AuthenticationOptions {
  readonly settings: SshSettings;
  /** On the way to another server. */
  readonly isJump: boolean;
  readonly credentials: Credentials;
  /** Runs what a person may be asked in, while the clock of the connection stands still. */
  readonly unhurried: <T>(fn: () => Promise<T>) => Promise<T>;
  /** Ends the try, when what a server asks cannot be put to anybody. */
  readonly fail: (error: unknown) => void;
}

/**
 * Which method is tried next on one server, in OpenSSH's order: none (it tells what the server takes), public keys,
 * keyboard-interactive, password. Keeps what was tried, for the person who reads the refusal.
 */
export class Authentication {
  readonly tried: string[] = [];
  #offered: readonly string[] = [];
  readonly #options: AuthenticationOptions;
  /** With keys that could not even be offered, and with those that the server would have taken. */
  readonly #unusable: unknown[] = [];
  readonly #unsigned: unknown[] = [];
  #keysOffered = false;
  #passwords = 0;
  #questionings = 0;
  #questioned = false;
  #password: string | undefined;

  constructor(options: AuthenticationOptions) {
    this.#options = options;
  }

  /** The next method, or false when none is left. `left` is what the server takes, null before it was asked. */
  async next(left: readonly AuthenticationType[] | null): Promise<AnyAuthMethod | false> {
    const { user: username } = this.#options.settings;
    if (left === null) return { type: 'none', username };
    this.#offered = left;
    const takes = (type: AuthenticationType) => left.includes(type);
    if (takes('publickey') && !this.#keysOffered) {
      this.#keysOffered = true;
      const method = await this.#keys();
      if (method !== undefined) return method;
    }
    const mayAsk = this.#options.credentials.has('login', this.#account) && this.#passwords < passwordTries;
    if (takes('keyboard-interactive') && mayAsk && this.#questionings++ < passwordTries) {
      const prompt: KeyboardInteractiveAuthMethod['prompt'] = (_name, _text, _language, prompts, finish) => {
        this.#answer(prompts, finish).catch(this.#options.fail);
      };
      return { type: 'keyboard-interactive', username, prompt };
    }
    if (takes('password') && mayAsk && !this.#questioned) {
      const password = await this.#askPassword();
      if (password !== undefined) return { type: 'password', username, password };
    }
    return false;
  }

  /** The server has let us in. */
  succeeded(): void {
    if (this.#password !== undefined) this.#options.credentials.accepted('login', this.#account, this.#password);
  }

  /** Why it did not: what was wrong with a key that it would have taken, else what was tried in vain. */
  refusal(): OoError {
    const { name, user } = this.#options.settings;
    const problems = this.tried.length === 0 ? [...this.#unsigned, ...this.#unusable] : this.#unsigned;
    const problem = problems.find((error) => error instanceof OoError);
    if (problem instanceof OoError) return problem;
    return sshErrors.SSH_AUTHENTICATION_REFUSED(name, printable(user), this.triedText(), printable(this.#offered.join(', ')));
  }

  triedText(): string {
    return printable(this.tried.join(', '));
  }

  get #account(): Account {
    const { settings, isJump } = this.#options;
    return { host: settings.name, user: settings.user, isJump };
  }

  async #keys(): Promise<AnyAuthMethod | undefined> {
    const { settings, credentials, unhurried } = this.#options;
    const { offered, problems } = await unhurried(() => findIdentities(settings, credentials.keys));
    this.#unusable.push(...problems);
    if (offered.length === 0) return undefined;
    this.tried.push(...offered.map(({ label }) => `key ${label}`));
    const patient = offered.map((identity) => ({
      ...identity,
      sign: (...args: Parameters<typeof identity.sign>) => unhurried(() => identity.sign(...args)),
    }));
    return { type: 'agent', username: settings.user, agent: offerAll(patient, (why) => this.#unsigned.push(why)) };
  }

  async #askPassword(): Promise<string | undefined> {
    const { credentials, unhurried } = this.#options;
    const wrong = this.#password;
    this.#password = await unhurried(() => credentials.password('login', this.#account, wrong));
    this.#passwords = this.#password === undefined ? passwordTries : this.#passwords + 1;
    if (this.#password !== undefined && !this.tried.includes('password')) this.tried.push('password');
    return this.#password;
  }

  /** A single hidden question is for the password (PAM); anything else is put to the person as it is. */
  async #answer(prompts: readonly Prompt[], finish: (answers: string[]) => void): Promise<void> {
    this.#questioned = true;
    if (prompts.length === 1 && prompts[0]!.echo !== true && /passw/i.test(prompts[0]!.prompt)) {
      return finish([(await this.#askPassword()) ?? '']);
    }
    const { credentials, unhurried } = this.#options;
    if (!this.tried.includes('keyboard-interactive')) this.tried.push('keyboard-interactive');
    this.#passwords++;
    const answers: string[] = [];
    for (const { prompt } of prompts) {
      answers.push((await unhurried(() => credentials.answer(this.#account, prompt))) ?? '');
    }
    finish(answers);
  }
}
