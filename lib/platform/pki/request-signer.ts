import { type KeyObject } from 'node:crypto';
import { leafDays, newSerial, signing } from './certificate-builder.ts';
import { webCryptoPair } from './keys.ts';
import type * as X509 from '@peculiar/x509';
import { loadX509 } from './x509-library.ts';

/** What a PKCS #10 request says, of which its maker has shown to hold the key. */
export interface SignableRequest {
  readonly commonName: string;
  readonly organizations: readonly string[];
  /** The kinds of further names that it has, each once: `dns`, `ip`, `email`, `url` and others. */
  readonly otherNames: readonly string[];
}

/** What the certificate may be used for, and for how long. */
export interface SigningWish {
  /** Of certificates.k8s.io/v1 KeyUsage. */
  readonly usages: readonly string[];
  /** @default a year */
  readonly seconds?: number;
  /** A server's certificate, with the further names of the request. @default a client's, without them */
  readonly server?: boolean;
}

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
    otherNames: [...new Set(alternativeNames(x509, request).map(({ type }) => type))],
  };
}

const SUBJECT_ALTERNATIVE_NAME = '2.5.29.17';

function alternativeNames(x509: typeof X509, request: X509.Pkcs10CertificateRequest): { type: string; value: string }[] {
  const found = request.extensions.find(({ type }) => type === SUBJECT_ALTERNATIVE_NAME);
  if (found === undefined) return [];
  const { names } = new x509.SubjectAlternativeNameExtension(found.rawData);
  return names.items.map(({ type, value }) => ({ type, value }));
}

/** A certificate for the key and the subject of a request; what else it asks for is left out, a server's further names excepted. */
export async function signRequest(
  signer: { readonly certPem: string; readonly key: KeyObject },
  pem: string,
  { usages, seconds = leafDays * 24 * 3600, server = false }: SigningWish,
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
      new x509.ExtendedKeyUsageExtension([x509.ExtendedKeyUsage[server ? 'serverAuth' : 'clientAuth']]),
      ...(server ? [new x509.SubjectAlternativeNameExtension(alternativeNames(x509, request) as X509.JsonGeneralNames)] : []),
      await x509.AuthorityKeyIdentifierExtension.create(authority.publicKey),
    ],
  });
  return `${certificate.toString('pem')}\n`;
}
