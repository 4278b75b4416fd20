import { type KeyObject, randomBytes, X509Certificate } from 'node:crypto';
import { isIP } from 'node:net';
import { webCryptoPair } from './keys.ts';
import { pkiErrors } from './pki-errors.ts';
import { loadX509 } from './x509-library.ts';

/** What a certificate says about its holder. */
export interface CertificateRequest {
  /** The user name of a client, as Kubernetes reads it. */
  readonly commonName: string;
  /** The groups of a client. @default none */
  readonly organizations?: readonly string[];
  /** @default none */
  readonly dnsNames?: readonly string[];
  /** IPv4 and IPv6. @default none */
  readonly ipAddresses?: readonly string[];
  readonly usages: readonly ('server' | 'client')[];
}

interface Signer {
  readonly certPem: string;
  readonly key: KeyObject;
}

const day = 24 * 3600 * 1000;
const authorityDays = 3650;
export const leafDays = 365;
/** Backdated so that a client whose clock is behind accepts a certificate made just now. */
const backdate = 3600 * 1000;

export const signing = { name: 'ECDSA', hash: 'SHA-256' } as const;

/** A self-signed CA certificate for `key`, good for 10 years. */
export async function buildAuthorityCertificate(key: KeyObject, commonName: string, now: number): Promise<string> {
  const x509 = await loadX509();
  const keys = await webCryptoPair(key);
  const certificate = await x509.X509CertificateGenerator.createSelfSigned({
    serialNumber: newSerial(),
    name: [{ CN: [commonName] }],
    notBefore: new Date(now - day),
    notAfter: new Date(now + authorityDays * day),
    keys,
    signingAlgorithm: signing,
    extensions: [
      new x509.BasicConstraintsExtension(true, undefined, true),
      new x509.KeyUsagesExtension(
        x509.KeyUsageFlags.digitalSignature | x509.KeyUsageFlags.keyCertSign | x509.KeyUsageFlags.cRLSign,
        true,
      ),
      await x509.SubjectKeyIdentifierExtension.create(keys.publicKey),
    ],
  });
  return `${certificate.toString('pem')}\n`;
}

/** A certificate for `key` signed by `signer`, good for a year, but never longer than its signer's. */
export async function buildLeafCertificate(
  signer: Signer,
  key: KeyObject,
  request: CertificateRequest,
  now: number,
): Promise<string> {
  checkRequest(request);
  const x509 = await loadX509();
  const authority = new x509.X509Certificate(signer.certPem);
  const { publicKey } = await webCryptoPair(key);
  const names = [
    ...(request.dnsNames ?? []).map((value) => ({ type: 'dns' as const, value })),
    ...(request.ipAddresses ?? []).map((value) => ({ type: 'ip' as const, value })),
  ];
  const usages = request.usages.map((usage) => x509.ExtendedKeyUsage[usage === 'server' ? 'serverAuth' : 'clientAuth']);
  const certificate = await x509.X509CertificateGenerator.create({
    serialNumber: newSerial(),
    subject: [...(request.organizations ?? []).map((name) => ({ O: [name] })), { CN: [request.commonName] }],
    issuer: authority.subjectName,
    notBefore: new Date(now - backdate),
    notAfter: new Date(Math.min(now + leafDays * day, authority.notAfter.getTime())),
    publicKey,
    signingKey: (await webCryptoPair(signer.key)).privateKey,
    signingAlgorithm: signing,
    extensions: [
      new x509.BasicConstraintsExtension(false, undefined, true),
      new x509.KeyUsagesExtension(x509.KeyUsageFlags.digitalSignature, true),
      new x509.ExtendedKeyUsageExtension(usages),
      await x509.SubjectKeyIdentifierExtension.create(publicKey),
      await x509.AuthorityKeyIdentifierExtension.create(authority.publicKey),
      ...(names.length > 0 ? [new x509.SubjectAlternativeNameExtension(names)] : []),
    ],
  });
  return `${certificate.toString('pem')}\n`;
}

/** The certificate in a PEM text, or undefined when it holds none. */
export function parseCertificate(pem: string): X509Certificate | undefined {
  try {
    return new X509Certificate(pem);
  } catch {
    return undefined;
  }
}

/** 127 random bits: unguessable, positive, and within RFC 5280's 20 bytes. */
export function newSerial(): string {
  const bytes = randomBytes(16);
  bytes[0] = (bytes[0]! & 0x7f) | 0x40;
  return bytes.toString('hex');
}

function checkRequest(request: CertificateRequest): void {
  for (const name of [request.commonName, ...(request.organizations ?? [])])
    if (name === '' || /[\u0000-\u001f\u007f]/.test(name) || !name.isWellFormed()) throw pkiErrors.PKI_INVALID_NAME('name', name);
  for (const name of request.dnsNames ?? [])
    if (!/^(\*\.)?[A-Za-z0-9_]([A-Za-z0-9_-]*[A-Za-z0-9_])?(\.[A-Za-z0-9_]([A-Za-z0-9_-]*[A-Za-z0-9_])?)*$/.test(name))
      throw pkiErrors.PKI_INVALID_NAME('DNS name', name);
  for (const address of request.ipAddresses ?? [])
    if (isIP(address) === 0 || address.includes('%')) throw pkiErrors.PKI_INVALID_NAME('IP address', address);
}
