import { createPrivateKey, type KeyObject, X509Certificate } from 'node:crypto';
import { join } from 'node:path';
import {
  buildAuthorityCertificate,
  buildLeafCertificate,
  type CertificateRequest,
  parseCertificate,
} from './certificate-builder.ts';
import { expiresSoon } from './certificate-judge.ts';
import { ensureKey, newKeyPem } from './keys.ts';
import { pkiErrors } from './pki-errors.ts';
import { signRequest, type SigningWish } from './request-signer.ts';
import { createFile, ensurePrivateDir, readPrivateFile, replaceFile, sweepTemporaries } from './secure-files.ts';

/** A private key and the certificate for it, both PEM. */
export interface KeyPair {
  readonly certPem: string;
  readonly keyPem: string;
}

/** The platform's own certificate authority. */
export interface Authority {
  /** What clients trust. */
  readonly caPem: string;
  readonly certificate: X509Certificate;
  /** Makes a key and a certificate for it, good for a year. Throws OoError on a name no certificate can hold. */
  issue(request: CertificateRequest): Promise<KeyPair>;
  /** Makes a certificate for a key that exists. */
  certify(key: KeyObject, request: CertificateRequest): Promise<string>;
  /** Makes a client's certificate out of a PKCS #10 request (PEM). What it may say is the caller's to judge. */
  sign(requestPem: string, wish: SigningWish): Promise<string>;
}

export interface AuthorityOptions {
  /** Milliseconds since the epoch. @default Date.now */
  readonly now?: () => number;
  /** What certificates name as their issuer. @default 'openshift-signer' */
  readonly signerName?: string;
}

/**
 * The authority in `dir` (`ca.crt`, `ca.key`), made on the first call, good for 10 years, its certificate renewed under
 * the same key in its last 30 days. Safe to call from several processes at once and after a kill at any point: the key is
 * made first, with a name that only one can take, and a certificate is always made for the key that is there.
 */
export async function ensureAuthority(dir: string, options: AuthorityOptions = {}): Promise<Authority> {
  const now = options.now ?? Date.now;
  const certPath = join(dir, 'ca.crt');
  const keyPath = join(dir, 'ca.key');
  await ensurePrivateDir(dir);
  await sweepTemporaries(dir);
  if ((await readPrivateFile(keyPath)) === undefined && (await readPrivateFile(certPath)) !== undefined)
    throw pkiErrors.PKI_AUTHORITY_KEY_MISSING(certPath, keyPath);
  const { key } = await ensureKey(keyPath, (cause) => pkiErrors.PKI_AUTHORITY_UNREADABLE(keyPath, 'private key', { cause }));
  const caPem = await ensureAuthorityCertificate(
    { certPath, keyPath, name: options.signerName ?? 'openshift-signer' },
    key,
    now(),
  );
  const certificate = new X509Certificate(caPem);
  const certify = (leaf: KeyObject, request: CertificateRequest): Promise<string> =>
    buildLeafCertificate({ certPem: caPem, key }, leaf, request, now());
  return {
    caPem,
    certificate,
    certify,
    sign: (pem, wish) => signRequest({ certPem: caPem, key }, pem, wish, now()),
    issue: async (request) => {
      const keyPem = await newKeyPem();
      return { keyPem, certPem: await certify(createPrivateKey(keyPem), request) };
    },
  };
}

async function ensureAuthorityCertificate(
  { certPath, keyPath, name: signer }: { readonly certPath: string; readonly keyPath: string; readonly name: string },
  key: KeyObject,
  now: number,
): Promise<string> {
  let pem = await readPrivateFile(certPath);
  if (pem === undefined) {
    const made = await buildAuthorityCertificate(key, `${signer}@${Math.floor(now / 1000)}`, now);
    if (await createFile(certPath, made)) return made;
    pem = (await readPrivateFile(certPath)) ?? '';
  }
  const certificate = parseCertificate(pem);
  if (certificate === undefined) throw pkiErrors.PKI_AUTHORITY_UNREADABLE(certPath, 'certificate');
  if (!certificate.checkPrivateKey(key)) throw pkiErrors.PKI_AUTHORITY_MISMATCH(certPath, keyPath);
  if (!certificate.ca) throw pkiErrors.PKI_NOT_AN_AUTHORITY(certPath);
  if (!expiresSoon(certificate, now)) return pem;
  // A root that the operator brought may be pinned elsewhere, and an intermediate cannot be signed again here.
  const name = /^CN=([a-z-]+@\d+)$/.exec(certificate.subject)?.[1];
  const ours = name?.startsWith(`${signer}@`) === true;
  if (!ours && certificate.validToDate.getTime() < now) throw pkiErrors.PKI_AUTHORITY_EXPIRED(certPath, certificate.validTo);
  if (!ours) return pem;
  // The same name and key, so certificates issued before still verify, and clients that trust the old root accept them.
  const renewed = await buildAuthorityCertificate(key, name!, now);
  await replaceFile(certPath, renewed);
  return renewed;
}
