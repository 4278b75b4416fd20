import { webcrypto } from 'node:crypto';
import { keyAlgorithm } from '../../lib/platform/pki/keys.ts';
import { loadX509 } from '../../lib/platform/pki/x509-library.ts';

/** A PKCS #10 request (PEM) for this subject, such as `CN=ann, O=team`. */
export async function certificateRequestPem(subject: string): Promise<string> {
  const x509 = await loadX509();
  const keys = await webcrypto.subtle.generateKey(keyAlgorithm, true, ['sign', 'verify']);
  const request = await x509.Pkcs10CertificateRequestGenerator.create({
    name: subject,
    keys: keys as webcrypto.CryptoKeyPair,
    signingAlgorithm: { name: 'ECDSA', hash: 'SHA-256' },
  });
  return request.toString('pem');
}
