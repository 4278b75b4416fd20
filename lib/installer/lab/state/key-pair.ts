import { generateKeyPairSync, randomBytes } from 'node:crypto';

/** A key pair as ssh-keygen writes one. */
export interface KeyPair {
  /** `ssh-ed25519 AAAA... COMMENT` */
  readonly publicKey: string;
  /** PEM of OpenSSH's own format, without a passphrase. */
  readonly privateKey: string;
}

/**
 * A new Ed25519 key pair. Written by ourselves (openssh-portable's PROTOCOL.key), since OpenSSH reads Ed25519 keys in no other format, and what
 * ssh2's generator writes is unreadable now and then.
 */
export function makeKeyPair(comment: string): KeyPair {
  const { privateKey } = generateKeyPairSync('ed25519');
  const { d = '', x = '' } = privateKey.export({ format: 'jwk' });
  const [seed, point] = [Buffer.from(d, 'base64url'), Buffer.from(x, 'base64url')];
  const publicBlob = fields('ssh-ed25519', point);
  const check = randomBytes(4);
  const secret = Buffer.concat([check, check, publicBlob, fields(Buffer.concat([seed, point]), comment)]);
  const padding = Buffer.from(Array.from({ length: (8 - (secret.length % 8)) % 8 }, (_, index) => index + 1));
  const whole = Buffer.concat([
    Buffer.from('openssh-key-v1\0'),
    // Cipher, key derivation and its options: none. One key.
    fields('none', 'none', ''),
    Buffer.from([0, 0, 0, 1]),
    fields(publicBlob, Buffer.concat([secret, padding])),
  ]);
  const lines = whole.toString('base64').match(/.{1,70}/g)!;
  return {
    publicKey: `ssh-ed25519 ${publicBlob.toString('base64')} ${comment}`,
    privateKey: ['-----BEGIN OPENSSH PRIVATE KEY-----', ...lines, '-----END OPENSSH PRIVATE KEY-----', ''].join('\n'),
  };
}

/** Each with its length before it (RFC 4251, section 5: string). */
function fields(...values: readonly (string | Buffer)[]): Buffer {
  return Buffer.concat(
    values.flatMap((value) => {
      const bytes = Buffer.from(value);
      const length = Buffer.alloc(4);
      length.writeUInt32BE(bytes.length);
      return [length, bytes];
    }),
  );
}
