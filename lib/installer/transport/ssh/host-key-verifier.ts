import type { SshSettings } from '../../config/ssh-settings.ts';
import type { Prompter } from '../../prompter.ts';
import { calledAs, hostKeyErrors, type KeyOwner } from './host-key-errors.ts';
import { type HostKey, hostKeyAlgorithms, parseHostKey } from './host-key.ts';
import { findKnownHosts, type KnownHosts, knownHostsName, standingOf } from './known-hosts.ts';
import type { KnownHostsEntry } from './known-hosts-line.ts';
import { addKnownHost } from './known-hosts-writer.ts';

/** What is done with a host that is not known yet. A changed or revoked key is refused whatever stands here. */
export interface HostKeyPolicy {
  /** Trusts and records what new hosts show, without asking. */
  readonly acceptNew: boolean;
  /** `SHA256:...`: a new host must show one of these. Empty: nothing is pinned. */
  readonly pinned: readonly string[];
  readonly prompter: Prompter;
  /** Told of lines that were passed over, and of keys that could not be recorded; each once. */
  readonly warn?: (message: string) => void;
}

/** Decides whether a host is the one that it should be. One for a whole run: what was answered for a bastion holds for all behind it. */
export interface HostKeyVerifier {
  /** Algorithms to offer, in order, so that a known host shows the key we know. */
  algorithms(settings: SshSettings): Promise<readonly string[] | undefined>;
  /**
   * Resolves when the key is trusted.
   * @throws OoError HOST_KEY_UNKNOWN, HOST_KEY_DECLINED, HOST_KEY_CHANGED, HOST_KEY_REVOKED, HOST_KEY_PIN_MISMATCH, HOST_KEY_MALFORMED,
   * HOST_KEY_NEEDS_AUTHORITY
   */
  verify(settings: SshSettings, key: Buffer): Promise<void>;
}

/** @throws OoError HOST_KEY_PIN_INVALID */
export function hostKeyVerifier(policy: HostKeyPolicy): HostKeyVerifier {
  return new PolicyVerifier(policy);
}

/** A fingerprint as ssh-keygen prints it. @throws OoError HOST_KEY_PIN_INVALID */
export function parsePin(text: string): string {
  const pin = text.replace(/=$/, '');
  if (!/^SHA256:[A-Za-z0-9+/]{43}$/.test(pin)) throw hostKeyErrors.HOST_KEY_PIN_INVALID(text);
  return pin;
}

class PolicyVerifier implements HostKeyVerifier {
  readonly #policy: HostKeyPolicy;
  readonly #pinned: readonly string[];
  /** What new hosts were decided on in this run, by name: files need not be writable. */
  readonly #accepted = new Map<string, KnownHostsEntry>();
  readonly #declined = new Map<string, HostKey>();
  /** The last question about each name: connections to one host ask one after the other. */
  readonly #turns = new Map<string, Promise<void>>();
  readonly #told = new Set<string>();

  constructor(policy: HostKeyPolicy) {
    this.#policy = policy;
    this.#pinned = policy.pinned.map(parsePin);
  }

  async algorithms(settings: SshSettings): Promise<readonly string[]> {
    const known = await this.#lookUp(settings);
    return hostKeyAlgorithms(new Set(known.plain.map(({ key }) => key.type)));
  }

  verify(settings: SshSettings, blob: Buffer): Promise<void> {
    const knownAs = knownHostsName(settings);
    const owner: KeyOwner = { name: settings.name, knownAs };
    const key = parseHostKey(blob);
    if (key === undefined) return Promise.reject(hostKeyErrors.HOST_KEY_MALFORMED(owner));
    const turn = (this.#turns.get(knownAs) ?? Promise.resolve()).then(() => this.#judge(settings, owner, key));
    this.#turns.set(
      knownAs,
      turn.catch(() => undefined),
    );
    return turn;
  }

  async #judge(settings: SshSettings, owner: KeyOwner, key: HostKey): Promise<void> {
    const known = await this.#lookUp(settings);
    const standing = standingOf(key, known);
    if (standing.state === 'revoked') throw hostKeyErrors.HOST_KEY_REVOKED(owner, key, standing.entry);
    if (standing.state === 'known') return;
    if (standing.state === 'changed') throw hostKeyErrors.HOST_KEY_CHANGED(owner, key, standing.entry);
    const plain = await this.#standingWithoutPort(settings, key);
    if (plain?.state === 'revoked') throw hostKeyErrors.HOST_KEY_REVOKED(owner, key, plain.entry);
    if (plain?.state === 'known') return;
    await this.#decide(settings, owner, key, known);
    this.#accepted.set(owner.knownAs, {
      file: 'this run',
      line: 0,
      marker: 'none',
      key,
      matches: (name) => name === owner.knownAs,
    });
    await this.#record(settings, owner, key);
  }

  /** Resolves when a new key may be trusted. */
  async #decide(settings: SshSettings, owner: KeyOwner, key: HostKey, known: KnownHosts): Promise<void> {
    const { acceptNew, prompter } = this.#policy;
    if (this.#pinned.length > 0) {
      if (this.#pinned.includes(key.fingerprint)) return;
      throw hostKeyErrors.HOST_KEY_PIN_MISMATCH(owner, key, this.#pinned);
    }
    if (acceptNew) return;
    const authority = known.authorities[0];
    if (settings.strictHostKeys === 'accept-new' && authority === undefined) return;
    if (settings.strictHostKeys === 'yes' || !prompter.interactive) {
      if (authority !== undefined) throw hostKeyErrors.HOST_KEY_NEEDS_AUTHORITY(owner, key, authority);
      throw hostKeyErrors.HOST_KEY_UNKNOWN(owner, key);
    }
    const declined = this.#declined.get(owner.knownAs);
    if (declined?.blob.equals(key.blob) !== true && (await prompter.confirm(questionOf(owner, key, authority !== undefined))))
      return;
    this.#declined.set(owner.knownAs, key);
    throw hostKeyErrors.HOST_KEY_DECLINED(owner, key);
  }

  /** As ssh(1): a key that is known for the host without a port is believed on another port, too. One that is revoked is stolen on every port. */
  async #standingWithoutPort(settings: SshSettings, key: HostKey): Promise<ReturnType<typeof standingOf> | undefined> {
    if (settings.port === 22 || settings.hostKeyAlias !== undefined) return undefined;
    return standingOf(key, await this.#lookUp({ ...settings, port: 22 }));
  }

  async #record(settings: SshSettings, { knownAs }: KeyOwner, key: HostKey): Promise<void> {
    const [file] = settings.userKnownHostsFiles;
    if (file === undefined || file === '/dev/null') return;
    try {
      await addKnownHost(file, knownAs, key, { hash: settings.hashKnownHosts });
    } catch (error) {
      this.#warn(`the key of ${knownAs} could not be added to ${file}: ${(error as Error).message}`);
    }
  }

  async #lookUp(settings: SshSettings): Promise<KnownHosts> {
    const files = [...settings.userKnownHostsFiles, ...settings.globalKnownHostsFiles];
    const name = knownHostsName(settings);
    const known = await findKnownHosts(name, files);
    for (const warning of known.warnings) this.#warn(warning);
    const accepted = this.#accepted.get(name);
    return accepted === undefined ? known : { ...known, plain: [...known.plain, accepted] };
  }

  #warn(message: string): void {
    if (this.#told.has(message)) return;
    this.#told.add(message);
    this.#policy.warn?.(message);
  }
}

function questionOf(owner: KeyOwner, key: HostKey, hasAuthority: boolean): string {
  const note = hasAuthority ? 'It is known by a certificate authority, but certificates of hosts are not verified.\n' : '';
  return `${calledAs(owner)} is not known yet.\n${note}Its ${key.kind} key has the fingerprint\n  ${key.fingerprint}\nTrust it, and go on?`;
}
