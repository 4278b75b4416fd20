import { X509Certificate } from 'node:crypto';
import type { Socket } from 'node:net';
import { TLSSocket } from 'node:tls';
import type { UserInfo } from '../../api/verbs.ts';

/** Whom a connection's certificate is for: a user, or a proxy that speaks for the users it names in headers. */
export type CertificateHolder =
  { readonly is: 'user'; readonly user: UserInfo } | { readonly is: 'front-proxy' } | { readonly is: 'nobody' | 'invalid' };

export interface CertificateRules {
  /** The authority of users' certificates. */
  readonly caPem: string;
  /** The authority of proxies' certificates, and the names that it may have given them. @default there are no proxies */
  readonly frontProxy?: { readonly caPem: string; readonly allowedNames: readonly string[] };
}

/** Reads certificates: once per connection, not once per request. */
export function certificateHolders(rules: CertificateRules): (socket: Socket) => CertificateHolder {
  const known = new WeakMap<Socket, CertificateHolder>();
  const users = authorities(rules.caPem);
  const proxies = rules.frontProxy === undefined ? [] : authorities(rules.frontProxy.caPem);
  return (socket) => {
    let holder = known.get(socket);
    if (holder === undefined)
      known.set(socket, (holder = holderOf(socket, users, proxies, rules.frontProxy?.allowedNames ?? [])));
    return holder;
  };
}

function holderOf(
  socket: Socket,
  users: readonly X509Certificate[],
  proxies: readonly X509Certificate[],
  allowedNames: readonly string[],
): CertificateHolder {
  if (!(socket instanceof TLSSocket)) return { is: 'nobody' };
  const { subject, raw } = socket.getPeerCertificate();
  if (subject === undefined) return { is: 'nobody' };
  if (!socket.authorized) return { is: 'invalid' };
  const { CN, O } = subject as { CN?: string | string[]; O?: string | string[] };
  if (typeof CN !== 'string' || CN === '') return { is: 'invalid' };
  if (proxies.length > 0) {
    // TLS takes either authority's certificates for good ones; which of the two it was makes all the difference.
    const certificate = new X509Certificate(raw);
    const from = (ca: X509Certificate): boolean => certificate.checkIssued(ca) && certificate.verify(ca.publicKey);
    if (proxies.some(from)) return { is: allowedNames.length === 0 || allowedNames.includes(CN) ? 'front-proxy' : 'invalid' };
    if (!users.some(from)) return { is: 'invalid' };
  }
  const groups = O === undefined ? [] : Array.isArray(O) ? O : [O];
  return { is: 'user', user: { name: CN, groups: [...groups, 'system:authenticated'] } };
}

const authorities = (pem: string): X509Certificate[] =>
  (pem.match(/-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g) ?? []).map((each) => new X509Certificate(each));
