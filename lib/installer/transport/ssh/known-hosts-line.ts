import { createHmac, timingSafeEqual } from 'node:crypto';
import { matchesHostList } from '../../config/host-pattern.ts';
import { type HostKey, parseHostKey } from './host-key.ts';

/** One line of a known_hosts file, as sshd(8) describes them under SSH_KNOWN_HOSTS FILE FORMAT. */
export interface KnownHostsEntry {
  readonly file: string;
  /** From 1. */
  readonly line: number;
  readonly marker: 'none' | 'cert-authority' | 'revoked';
  readonly key: HostKey;
  /** Whether the line speaks of a host: `name`, or `[name]:port` where the port is not 22. */
  matches(host: string): boolean;
}

const longestLine = 32_768;

/** The entry of a line; undefined for empty lines and comments; a text that says why for what is malformed. */
export function parseKnownHostsLine(text: string, file: string, line: number): KnownHostsEntry | string | undefined {
  if (text.length > longestLine) return 'it is too long';
  const trimmed = text.replace(/^[ \t]+|[ \t\r]+$/g, '');
  if (trimmed === '' || trimmed.startsWith('#')) return undefined;
  const words = trimmed.split(/[ \t]+/);
  const marker = words[0]!.startsWith('@') ? markerOf(words.shift()!) : 'none';
  if (marker === undefined) return 'its marker is not known';
  const [hosts = '', type = '', encoded = ''] = words;
  if (encoded === '') return 'it has no key';
  const key = /^[A-Za-z0-9+/]+={0,2}$/.test(encoded) ? parseHostKey(Buffer.from(encoded, 'base64')) : undefined;
  if (key === undefined) return 'its key is malformed';
  if (key.type !== type) return `its key is no ${type.slice(0, 40)}`;
  const matches = hosts.startsWith('|') ? hashedHost(hosts) : (host: string) => matchesHostList(host, hosts);
  return matches === undefined ? 'its hashed name is malformed' : { file, line, marker, key, matches };
}

function markerOf(word: string): 'cert-authority' | 'revoked' | undefined {
  return word === '@cert-authority' ? 'cert-authority' : word === '@revoked' ? 'revoked' : undefined;
}

/** `|1|salt|HMAC-SHA1 of the name`, both in base64: the file does not tell where its owner has been. */
function hashedHost(text: string): ((host: string) => boolean) | undefined {
  const [, salt, hash] = /^\|1\|([A-Za-z0-9+/]+={0,2})\|([A-Za-z0-9+/]+={0,2})$/.exec(text) ?? [];
  if (salt === undefined || hash === undefined) return undefined;
  const [key, wanted] = [Buffer.from(salt, 'base64'), Buffer.from(hash, 'base64')];
  if (key.length !== 20 || wanted.length !== 20) return undefined;
  return (host) => timingSafeEqual(hashOf(key, host), wanted);
}

/** The first word of a new line, without the name being readable. `salt` has 20 bytes. */
export function hashedName(host: string, salt: Buffer): string {
  return `|1|${salt.toString('base64')}|${hashOf(salt, host).toString('base64')}`;
}

function hashOf(salt: Buffer, host: string): Buffer {
  return createHmac('sha1', salt).update(host.toLowerCase()).digest();
}
