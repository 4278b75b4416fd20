// Before any certificate is looked into: in Node 26 a first toLegacyObject() loads TLS halfway, and servers made later miss createSecureContext.
// oxlint-disable-next-line import/no-unassigned-import -- for what loading it does
import 'node:tls';
import type { KeyObject, X509Certificate } from 'node:crypto';
import { isIPv6 } from 'node:net';
import type { CertificateRequest } from './certificate-builder.ts';

const day = 24 * 3600 * 1000;
/** A certificate is replaced when less than this is left of it. */
const renewalMargin = 30 * day;

/** Why a certificate must be issued again, or undefined when it still does. */
export function whyRenew(
  certificate: X509Certificate,
  expected: { request: CertificateRequest; key: KeyObject; authority: X509Certificate; now: number },
): string | undefined {
  const { request, key, authority, now } = expected;
  if (!certificate.checkPrivateKey(key)) return 'it is for another key';
  if (!certificate.checkIssued(authority) || !certificate.verify(authority.publicKey)) return 'another authority issued it';
  if (expiresSoon(certificate, now)) return `it expires on ${certificate.validTo}`;
  if (certificate.validFromDate.getTime() > now) return `it is not valid before ${certificate.validFrom}`;
  if (!sameSet(subject(certificate, 'CN'), [request.commonName])) return 'the name changed';
  if (!sameSet(subject(certificate, 'O'), request.organizations ?? [])) return 'the groups changed';
  const wanted = [...(request.dnsNames ?? []).map(dnsEntry), ...(request.ipAddresses ?? []).map(ipEntry)];
  if (!sameSet(alternativeNames(certificate), wanted)) return 'the addresses changed';
  const usages = request.usages.map((usage) => (usage === 'server' ? '1.3.6.1.5.5.7.3.1' : '1.3.6.1.5.5.7.3.2'));
  if (!sameSet(certificate.keyUsage ?? [], usages)) return 'the usages changed';
  return undefined;
}

/** Whether less than 30 days are left. */
export function expiresSoon(certificate: X509Certificate, now: number): boolean {
  return certificate.validToDate.getTime() - now < renewalMargin;
}

function subject(certificate: X509Certificate, part: 'CN' | 'O'): string[] {
  const found = (certificate.toLegacyObject().subject as Partial<Record<'CN' | 'O', string | string[]>>)[part] ?? [];
  return typeof found === 'string' ? [found] : found;
}

/** Entries as OpenSSL prints them: `DNS:name`, `IP Address:1.2.3.4`, IPv6 upper case and without `::`. */
function alternativeNames(certificate: X509Certificate): string[] {
  return (certificate.subjectAltName ?? '')
    .split(', ')
    .filter((entry) => entry !== '')
    .map((entry) =>
      entry.startsWith('IP Address:') ? ipEntry(entry.slice('IP Address:'.length)) : dnsEntry(entry.slice('DNS:'.length)),
    );
}

function dnsEntry(name: string): string {
  return `dns ${name.toLowerCase()}`;
}

function ipEntry(address: string): string {
  return `ip ${isIPv6(address) ? new URL(`http://[${address}]`).hostname : address}`;
}

function sameSet(found: readonly string[], wanted: readonly string[]): boolean {
  const a = new Set(found);
  const b = new Set(wanted);
  return a.size === b.size && a.isSubsetOf(b);
}
