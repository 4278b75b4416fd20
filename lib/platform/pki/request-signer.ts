import { type KeyObject } from 'node:crypto';
import { leafDays, newSerial, signing } from './certificate-builder.ts';
import { webCryptoPair } from './keys.ts';
import { loadX509 } from './x509-library.ts';

/** What a PKCS #10 request says, of which its maker has shown to hold the key. */
export interface SignableRequest {
  readonly commonName: string;
  readonly organizations: readonly string[];
  /** Whether it names hosts, addresses or the like. */
  readonly hasOtherNames: boolean;
}

/** What the certificate may be used for, and for how long. */
export interface SigningWish {
  /** Of certificates.k8s.io/v1 KeyUsage. */
  readonly usages: readonly string[];
  /** @default a year */
  readonly seconds?: number;
}

const SUBJECT_ALTERNATIVE_NAME = '2.5.29.17';
const BACKDATE = 300_000;

/** @throws Error when the PEM is no request, or is not signed by the key that it names */
export async function readRequest(pem: string): Promise<SignableRequest> {
  const x509 = await loadX509();
  const request = new x509.Pkcs10CertificateRequest(pem);
  if (!(await request.verify())) throw new Error('the request is not signed by the key that it names');
  const names = request.subjectName;
  return {
    commonName: names.getField('CN')[0] ?? '',
    organizations: names.getField('O'),
    hasOtherNames: request.extensions.some(({ type }) => type === SUBJECT_ALTERNATIVE_NAME),
  };
}

/** A client's certificate for the key and the subject of a request; everything else that it asks for is left out. */
export async function signRequest(
  signer: { readonly certPem: string; readonly key: KeyObject },
  pem: string,
  { usages, seconds = leafDays * 24 * 3600 }: SigningWish,
  now: number,
): Promise<string> {
  const x509 = await loadX509();
  const authority = new x509.X509Certificate(signer.certPem);
  const request = new x509.Pkcs10CertificateRequest(pem);
  const flags = usages.includes('key encipherment') ? x509.KeyUsageFlags.keyEncipherment : 0;
  const certificate = await x509.X509CertificateGenerator.create({
    serialNumber: newSerial(),
    subject: request.subjectName,
    issuer: authority.subjectName,
    notBefore: new Date(now - BACKDATE),
    notAfter: new Date(Math.min(now + seconds * 1000, authority.notAfter.getTime())),
    publicKey: request.publicKey,
    signingKey: (await webCryptoPair(signer.key)).privateKey,
    signingAlgorithm: signing,
    extensions: [
      new x509.BasicConstraintsExtension(false, undefined, true),
      new x509.KeyUsagesExtension(x509.KeyUsageFlags.digitalSignature | flags, true),
      new x509.ExtendedKeyUsageExtension([x509.ExtendedKeyUsage.clientAuth]),
      await x509.AuthorityKeyIdentifierExtension.create(authority.publicKey),
    ],
  });
  return `${certificate.toString('pem')}\n`;
}
