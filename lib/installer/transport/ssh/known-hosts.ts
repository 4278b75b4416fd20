import { constants } from 'node:fs';
import { open } from 'node:fs/promises';
import type { SshSettings } from '../../config/ssh-settings.ts';
import { printable } from '../../../common/printable.ts';
import type { HostKey } from './host-key.ts';
import { type KnownHostsEntry, parseKnownHostsLine } from './known-hosts-line.ts';

/** What the files know of a host. */
export interface KnownHosts {
  /** Keys of hosts that were seen before. */
  readonly plain: readonly KnownHostsEntry[];
  /** Authorities whose certificates would be believed. */
  readonly authorities: readonly KnownHostsEntry[];
  /** Keys that must never be accepted, neither of a host nor of an authority. */
  readonly revoked: readonly KnownHostsEntry[];
  /** Lines and files that could not be read, with their reason. */
  readonly warnings: readonly string[];
}

/** How a key that a host shows stands to what is known. */
export type Standing =
  | { readonly state: 'known' | 'unknown' | 'authority-only' }
  | { readonly state: 'changed' | 'revoked'; readonly entry: KnownHostsEntry };

/** One file may list a large fleet. */
const largestFile = 64 << 20;

/** The name under which a host stands in known_hosts: its alias alone, or its name with a port that is not 22. */
export function knownHostsName(settings: Pick<SshSettings, 'hostName' | 'port' | 'hostKeyAlias'>): string {
  if (settings.hostKeyAlias !== undefined) return settings.hostKeyAlias.toLowerCase();
  const host = settings.hostName.toLowerCase();
  return settings.port === 22 ? host : `[${host}]:${settings.port}`;
}

/** Looks a host up in files, in order. Absent files are empty; what cannot be read is told and passed over, as ssh(1) does. */
export async function findKnownHosts(name: string, files: readonly string[]): Promise<KnownHosts> {
  const found = { plain: [], authorities: [], revoked: [], warnings: [] } as { [K in keyof KnownHosts]: KnownHosts[K][number][] };
  for (const file of new Set(files)) {
    const text = await readFileText(file).catch((error: NodeJS.ErrnoException) => {
      if (error.code !== 'ENOENT' && error.code !== 'ENOTDIR') {
        found.warnings.push(`${printable(file)} cannot be read: ${error.message}`);
      }
      return '';
    });
    let number = 0;
    for (const line of text.split('\n')) {
      const entry = parseKnownHostsLine(line, file, ++number);
      if (typeof entry === 'string') found.warnings.push(`${printable(file)}:${number} is passed over: ${printable(entry)}`);
      else if (entry?.matches(name) === true) {
        found[entry.marker === 'none' ? 'plain' : entry.marker === 'revoked' ? 'revoked' : 'authorities'].push(entry);
      }
    }
  }
  return found;
}

/**
 * As OpenSSH's hostfile.c: a revoked key is refused whatever else is known; one that is known is trusted; any other key of a host
 * that has one is a changed key, whatever its type.
 */
export function standingOf(key: HostKey, known: KnownHosts): Standing {
  const isSame = (entry: KnownHostsEntry) => entry.key.blob.equals(key.blob);
  const revoked = known.revoked.find(isSame);
  if (revoked !== undefined) return { state: 'revoked', entry: revoked };
  if (known.plain.some(isSame)) return { state: 'known' };
  // Where a key of the same type is known, that one is what changed.
  const entry = known.plain.find((other) => other.key.type === key.type) ?? known.plain[0];
  if (entry !== undefined) return { state: 'changed', entry };
  return { state: known.authorities.length > 0 ? 'authority-only' : 'unknown' };
}

async function readFileText(file: string): Promise<string> {
  // A named pipe would be waited for without end.
  await using handle = await open(file, constants.O_RDONLY | constants.O_NONBLOCK);
  const stat = await handle.stat();
  if (!stat.isFile()) return '';
  if (stat.size > largestFile) throw new RangeError('it is larger than 64 MiB');
  return await handle.readFile('latin1');
}
