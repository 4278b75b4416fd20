import { createHash } from 'node:crypto';

/** What a host shows as its identity: the blob of RFC 4253, section 6.6, as it stands in known_hosts. */
export interface HostKey {
  /** The name in the blob: `ssh-ed25519`, `ssh-rsa`... */
  readonly type: string;
  /** For people: ED25519, RSA... */
  readonly kind: string;
  /** `SHA256:` and base64 without padding, as ssh-keygen -l prints it. */
  readonly fingerprint: string;
  readonly blob: Buffer;
}

/** Signature algorithms per type of key that we accept, in OpenSSH's order. ssh-rsa would sign with SHA-1, as OpenSSH 8.8 refuses. */
const algorithmsOfType: ReadonlyMap<string, readonly string[]> = new Map([
  ['ssh-ed25519', ['ssh-ed25519']],
  ['ecdsa-sha2-nistp256', ['ecdsa-sha2-nistp256']],
  ['ecdsa-sha2-nistp384', ['ecdsa-sha2-nistp384']],
  ['ecdsa-sha2-nistp521', ['ecdsa-sha2-nistp521']],
  ['ssh-rsa', ['rsa-sha2-512', 'rsa-sha2-256']],
]);

/** All of them, those of the types that are known first: a host with several keys shows the one that we can compare. */
export function hostKeyAlgorithms(knownTypes: ReadonlySet<string>): readonly string[] {
  const types = [...algorithmsOfType.keys()];
  const ordered = [...types.filter((type) => knownTypes.has(type)), ...types.filter((type) => !knownTypes.has(type))];
  return ordered.flatMap((type) => algorithmsOfType.get(type)!);
}

/** Reads a blob; undefined where it does not begin with a type of a key. */
export function parseHostKey(blob: Buffer): HostKey | undefined {
  if (blob.length < 8 || blob.length > 16_384) return undefined;
  const length = blob.readUInt32BE();
  if (length === 0 || length > 64 || blob.length <= 4 + length) return undefined;
  const type = blob.toString('latin1', 4, 4 + length);
  if (!/^[\w@.-]+$/.test(type)) return undefined;
  return { type, kind: kindOf(type), fingerprint: fingerprintOf(blob), blob };
}

/** As OpenSSH shows a key: SHA256 in base64. */
export function fingerprintOf(blob: Buffer): string {
  return `SHA256:${createHash('sha256').update(blob).digest('base64').replace(/=+$/, '')}`;
}

function kindOf(type: string): string {
  if (type.startsWith('ecdsa-')) return 'ECDSA';
  return type.replace(/^ssh-/, '').toUpperCase();
}
