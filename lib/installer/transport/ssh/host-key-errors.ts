import { defineErrors } from '../../../common/errors.ts';
import { printable } from '../../../common/printable.ts';
import type { HostKey } from './host-key.ts';
import type { KnownHostsEntry } from './known-hosts-line.ts';

/** A host that shows a key, as messages call it. */
export interface KeyOwner {
  /** As typed. */
  readonly name: string;
  /** As known_hosts has it. */
  readonly knownAs: string;
}

/** What a person calls the host, and what known_hosts calls it, where that does not follow from it. */
export function calledAs({ name, knownAs }: KeyOwner): string {
  const typed = name.replace(/^ssh:\/\//, '').replace(/^.*@/, '');
  const isPlain = [knownAs, knownAs.replace(/^\[(.*)\]:(\d+)$/, '$1:$2')].includes(typed.toLowerCase());
  return printable(isPlain ? name : `${name} (${knownAs})`);
}

const place = ({ file, line }: KnownHostsEntry) => (line === 0 ? file : `${printable(file)}:${line}`);
const pinIt = (key: HostKey) => `--host-key ${key.fingerprint}`;

/** Why a host is not trusted. */
export const hostKeyErrors = defineErrors({
  HOST_KEY_UNKNOWN: {
    failure: 'connection',
    message: (owner: KeyOwner, key: HostKey) => `${calledAs(owner)} is not known: its ${key.kind} key has ${key.fingerprint}`,
    hint: (_owner: KeyOwner, key: HostKey) =>
      'compare it with what your cloud shows, or on the console of the server\n' +
      '  ssh-keygen -lf /etc/ssh/ssh_host_ed25519_key.pub\n' +
      `then run again with\n  ${pinIt(key)}\nor trust whatever new hosts show with --accept-new-host-keys`,
  },
  HOST_KEY_DECLINED: {
    failure: 'connection',
    message: (owner: KeyOwner, key: HostKey) => `the ${key.kind} key of ${calledAs(owner)} was not accepted: ${key.fingerprint}`,
    hint: () => 'nothing was sent to that host',
  },
  HOST_KEY_CHANGED: {
    failure: 'connection',
    message: (owner: KeyOwner, key: HostKey, entry: KnownHostsEntry) =>
      `the key of ${calledAs(owner)} changed: it shows the ${key.kind} key ${key.fingerprint}, but ${place(entry)} has the ` +
      `${entry.key.kind} key ${entry.key.fingerprint}; somebody may be listening in between`,
    hint: ({ knownAs }: KeyOwner, _key: HostKey, entry: KnownHostsEntry) =>
      entry.line === 0
        ? 'do several machines answer under that name? Name each of them by its own address'
        : `if the server was installed anew, make sure of its fingerprint, then: ssh-keygen -R ${quoted(knownAs)} -f ${quoted(entry.file)}`,
  },
  HOST_KEY_REVOKED: {
    failure: 'connection',
    message: (owner: KeyOwner, key: HostKey, entry: KnownHostsEntry) =>
      `the ${key.kind} key of ${calledAs(owner)} is revoked by ${place(entry)}: ${key.fingerprint}`,
    hint: () => 'give the server new keys; a revoked one may be in the hands of others',
  },
  HOST_KEY_PIN_MISMATCH: {
    failure: 'connection',
    message: (owner: KeyOwner, key: HostKey, pins: readonly string[]) =>
      `${calledAs(owner)} shows the ${key.kind} key ${key.fingerprint}, which is not pinned: ${pins.map(printable).join(', ')}`,
    hint: () => 'pin the key that the host really has; each --host-key adds one',
  },
  HOST_KEY_PIN_INVALID: {
    failure: 'usage',
    message: (pin: string) => `${printable(JSON.stringify(pin.slice(0, 100)))} is no fingerprint of a host key`,
    hint: () => 'write SHA256: and 43 characters, as ssh-keygen -l prints it (MD5 ones are not accepted)',
  },
  HOST_KEY_MALFORMED: {
    failure: 'connection',
    message: (owner: KeyOwner) => `${calledAs(owner)} shows something that is no host key`,
    hint: () => 'is it an SSH server that listens there?',
  },
  HOST_KEY_NEEDS_AUTHORITY: {
    failure: 'connection',
    message: (owner: KeyOwner, _key: HostKey, entry: KnownHostsEntry) =>
      `${calledAs(owner)} is known by a certificate authority only (${place(entry)}), and certificates of hosts are not verified`,
    hint: (_owner: KeyOwner, key: HostKey) =>
      `if its ${key.kind} key is the right one, run again with ${pinIt(key)} (ssh-keygen -lf shows it on the server)`,
  },
});

/** A word of a command that a person may paste: names in known_hosts hold brackets. */
function quoted(word: string): string {
  return /^[\w@%+=:,./-]+$/.test(word) ? word : `'${printable(word).replaceAll("'", `'\\''`)}'`;
}
