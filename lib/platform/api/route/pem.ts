import { createPrivateKey, createPublicKey, type KeyObject, X509Certificate } from 'node:crypto';

/** Why a text is not what it should be, for its owner. It never holds a byte of the text. */
export class PemError extends Error {}

const BLOCK = /-----BEGIN ([A-Z0-9 ]{1,40})-----\r?\n([A-Za-z0-9+/=\r\n]+)-----END \1-----/g;
const LARGEST_CHAIN = 16;
const SMALLEST_RSA = 2048;

/**
 * The certificates of a chain, in their order. Between and around the blocks there may be white space and nothing else: what is in no block
 * would reach programs that read the file in another way. Throws a PemError.
 */
export function certificatesOf(text: string): X509Certificate[] {
  const blocks = blocksOf(text);
  if (blocks.some(({ label }) => label !== 'CERTIFICATE')) throw new PemError('only CERTIFICATE blocks may be in it');
  if (blocks.length > LARGEST_CHAIN) throw new PemError(`it has more than ${LARGEST_CHAIN} certificates`);
  return blocks.map(({ pem }) => {
    try {
      return new X509Certificate(pem);
    } catch {
      throw new PemError('a block in it is no X.509 certificate');
    }
  });
}

/** The one private key, without a password. Throws a PemError. */
export function privateKeyOf(text: string): KeyObject {
  // OpenSSL writes the curve's parameters in front of the key.
  const keys = blocksOf(text).filter(({ label }) => label !== 'EC PARAMETERS');
  const [block] = keys;
  if (keys.length !== 1 || !/^(RSA |EC |)PRIVATE KEY$/.test(block!.label))
    throw new PemError('it must be one private key that is not encrypted');
  let key: KeyObject;
  try {
    key = createPrivateKey(block!.pem);
  } catch {
    throw new PemError('the block in it is no private key');
  }
  judgeKey(key);
  return key;
}

/** Throws a PemError when TLS servers refuse the certificate's key, or it cannot be the one of `key`. */
export function judgePair(certificate: X509Certificate, key: KeyObject): void {
  if (!samePublicKey(certificate, key)) throw new PemError('the private key does not belong to the certificate');
}

/** Throws a PemError for keys that no TLS library serves with today. */
export function judgeKey(key: KeyObject): void {
  const { asymmetricKeyType: type, asymmetricKeyDetails: details } = key;
  if (type === 'rsa' && (details?.modulusLength ?? 0) >= SMALLEST_RSA) return;
  if (type === 'ec' && ['prime256v1', 'secp384r1', 'secp521r1'].includes(details?.namedCurve ?? '')) return;
  throw new PemError(`keys must be RSA of ${SMALLEST_RSA} bits or more, or ECDSA on P-256, P-384 or P-521`);
}

function samePublicKey(certificate: X509Certificate, key: KeyObject): boolean {
  const der = (of: KeyObject): Buffer => of.export({ type: 'spki', format: 'der' });
  return der(certificate.publicKey).equals(der(createPublicKey(key)));
}

function blocksOf(text: string): { label: string; pem: string }[] {
  const blocks = [...text.matchAll(BLOCK)].map(([pem, label]) => ({ label: label!, pem }));
  if (blocks.length === 0) throw new PemError('there is no PEM block in it');
  if (text.replace(BLOCK, '').trim() !== '') throw new PemError('there is something beside the PEM blocks in it');
  return blocks;
}
