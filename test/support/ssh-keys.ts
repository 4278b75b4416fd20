import { createHash, generateKeyPairSync, randomBytes } from 'node:crypto';

/** A public key as known_hosts and the wire have it. */
export interface TestHostKey {
  readonly type: string;
  readonly blob: Buffer;
  readonly base64: string;
  readonly fingerprint: string;
}

/** A new key; nobody has its private half. RSA ones are random bytes of the right shape. */
export function testHostKey(type: 'ssh-ed25519' | 'ssh-rsa' = 'ssh-ed25519'): TestHostKey {
  const parts =
    type === 'ssh-ed25519'
      ? [generateKeyPairSync('ed25519').publicKey.export({ format: 'der', type: 'spki' }).subarray(-32)]
      : [Buffer.from([1, 0, 1]), Buffer.concat([Buffer.from([0]), randomBytes(256)])];
  const blob = Buffer.concat([Buffer.from(type), ...parts].map(lengthPrefixed));
  const base64 = blob.toString('base64');
  const fingerprint = `SHA256:${createHash('sha256').update(blob).digest('base64').replace(/=+$/, '')}`;
  return { type, blob, base64, fingerprint };
}

/** RFC 4251, section 5: a string. */
function lengthPrefixed(bytes: Buffer): Buffer {
  const length = Buffer.alloc(4);
  length.writeUInt32BE(bytes.length);
  return Buffer.concat([length, bytes]);
}
