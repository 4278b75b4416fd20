import { createPrivateKey, createPublicKey, generateKeyPair, type KeyObject, webcrypto } from 'node:crypto';
import { promisify } from 'node:util';
import { pkiErrors } from './pki-errors.ts';
import { createFile, readPrivateFile } from './secure-files.ts';

/** Every key is ECDSA on P-256: small, fast to make, and in every TLS stack. */
export const keyAlgorithm = { name: 'ECDSA', namedCurve: 'P-256' } as const;

/** A new private key as PKCS #8 PEM. */
export async function newKeyPem(): Promise<string> {
  const { privateKey } = await promisify(generateKeyPair)('ec', { namedCurve: 'prime256v1' });
  return privateKey.export({ type: 'pkcs8', format: 'pem' }) as string;
}

/**
 * The private key at `path`, made when absent. Of several processes that start at once, the first one's key stays and
 * the others read it. `unreadable` makes the error for a file that holds no key.
 */
export async function ensureKey(path: string, unreadable: (cause: unknown) => Error): Promise<{ pem: string; key: KeyObject }> {
  let pem = await readPrivateFile(path);
  if (pem === undefined) {
    const made = await newKeyPem();
    pem = (await createFile(path, made)) ? made : ((await readPrivateFile(path)) ?? '');
  }
  const key = parseKey(pem, unreadable);
  if (key.asymmetricKeyDetails?.namedCurve !== 'prime256v1')
    throw pkiErrors.PKI_KEY_KIND(path, key.asymmetricKeyDetails?.namedCurve ?? key.asymmetricKeyType ?? 'unknown');
  return { pem, key };
}

function parseKey(pem: string, unreadable: (cause: unknown) => Error): KeyObject {
  try {
    return createPrivateKey(pem);
  } catch (error) {
    throw unreadable(error);
  }
}

/** The public half as SPKI PEM. */
export function publicPem(key: KeyObject): string {
  return createPublicKey(key).export({ type: 'spki', format: 'pem' }) as string;
}

/** Both halves for the Web Crypto API, which the certificate library signs with. */
export async function webCryptoPair(key: KeyObject): Promise<webcrypto.CryptoKeyPair> {
  const spki = createPublicKey(key).export({ type: 'spki', format: 'der' });
  const pkcs8 = key.export({ type: 'pkcs8', format: 'der' });
  return {
    publicKey: await webcrypto.subtle.importKey('spki', spki, keyAlgorithm, true, ['verify']),
    privateKey: await webcrypto.subtle.importKey('pkcs8', pkcs8, keyAlgorithm, false, ['sign']),
  };
}
