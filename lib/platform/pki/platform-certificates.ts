import { join } from 'node:path';
import { type Authority, type AuthorityOptions, ensureAuthority, type KeyPair } from './authority.ts';
import { type CertificateRequest, parseCertificate } from './certificate-builder.ts';
import { whyRenew } from './certificate-judge.ts';
import { ensureKey } from './keys.ts';
import { pkiErrors } from './pki-errors.ts';
import { readPrivateFile, replaceFile } from './secure-files.ts';
import { ensureServiceAccountKeys, type ServiceAccountKeyFiles } from './service-account-keys.ts';

export interface PlatformCertificateOptions extends AuthorityOptions {
  readonly nodeName: string;
  /** Every IP address that clients reach the API or the node at, the `kubernetes` Service's own among them. */
  readonly addresses: readonly string[];
  /** Further DNS names of the API and the node, such as the machine's full name. */
  readonly dnsNames: readonly string[];
  /** Below it are the hosts of routes. @default apps.localhost */
  readonly routesDomain?: string;
  /** Where clients find the registry. @default nowhere */
  readonly registry?: { readonly addresses: readonly string[]; readonly dnsNames: readonly string[] };
}

export interface PlatformCertificates extends ServiceAccountKeyFiles {
  readonly authority: Authority;
  readonly caPem: string;
  /** What the API server shows. */
  readonly apiserver: KeyPair;
  /** What the API server shows to the node's server. */
  readonly kubeletClient: KeyPair;
  /** What the node's server shows. */
  readonly kubelet: KeyPair;
  /** What the API server shows to servers that it passes requests on to, and the authority that these know it by: it issues nothing else. */
  readonly frontProxy: KeyPair & { readonly caPem: string };
  /** What the router shows for hosts whose routes bring no certificate. */
  readonly router: KeyPair;
  /** What the registry shows. */
  readonly registry: KeyPair;
  /** What tokens for the registry are signed with, and the authority that it knows the signer by: it issues nothing else. */
  readonly registryTokens: KeyPair & { readonly caPem: string };
}

/** The common name that extension servers are told to take users' names from. */
export const FRONT_PROXY = 'front-proxy-client';

/** The names that pods call the API by. */
const serviceNames = ['kubernetes', 'openshift'].flatMap((name) => [
  name,
  `${name}.default`,
  `${name}.default.svc`,
  `${name}.default.svc.cluster.local`,
]);

/** The DNS names that the API answers at, as its certificate has them. */
export const apiDnsNames = ({ nodeName, dnsNames }: Pick<PlatformCertificateOptions, 'nodeName' | 'dnsNames'>): string[] => [
  ...new Set([...nodeDnsNames(nodeName, dnsNames), ...serviceNames]),
];

const nodeDnsNames = (nodeName: string, dnsNames: readonly string[]): string[] => [
  ...new Set([nodeName, ...dnsNames, 'localhost']),
];

/**
 * Every key and certificate of the platform in `dir`, made when absent; a certificate is issued again, for the same key,
 * when it has less than 30 days left, when its names no longer fit, or when another authority issued it. Files are 0600
 * and replaced whole. Throws OoError naming the file that holds something else.
 */
export async function ensurePlatformCertificates(
  dir: string,
  options: PlatformCertificateOptions,
): Promise<PlatformCertificates> {
  const authority = await ensureAuthority(dir, options);
  const now = (options.now ?? Date.now)();
  const local = ['127.0.0.1', '::1'];
  const ipAddresses = [...new Set([...options.addresses, ...local])];
  const ensure = (name: string, request: CertificateRequest): Promise<KeyPair> =>
    ensurePair(join(dir, name), authority, request, now);
  const sa = await ensureServiceAccountKeys(dir);
  const registryTokens = await ensureAuthority(join(dir, 'registry-tokens'), {
    ...options,
    signerName: 'openshift-registry-token-signer',
  });
  const proxies = await ensureAuthority(join(dir, 'front-proxy'), { ...options, signerName: 'openshift-front-proxy-signer' });
  return {
    authority,
    caPem: authority.caPem,
    apiserver: await ensure('apiserver', {
      commonName: 'kube-apiserver',
      dnsNames: apiDnsNames(options),
      ipAddresses,
      usages: ['server'],
    }),
    kubeletClient: await ensure('apiserver-kubelet-client', {
      commonName: 'kube-apiserver-kubelet-client',
      organizations: ['system:masters'],
      usages: ['client'],
    }),
    kubelet: await ensure('kubelet', {
      commonName: `system:node:${options.nodeName}`,
      organizations: ['system:nodes'],
      dnsNames: nodeDnsNames(options.nodeName, options.dnsNames),
      ipAddresses,
      usages: ['server'],
    }),
    frontProxy: {
      caPem: proxies.caPem,
      ...(await ensurePair(join(dir, 'front-proxy-client'), proxies, { commonName: FRONT_PROXY, usages: ['client'] }, now)),
    },
    router: await ensure('router', {
      commonName: `*.${options.routesDomain ?? 'apps.localhost'}`,
      dnsNames: [`*.${options.routesDomain ?? 'apps.localhost'}`, options.routesDomain ?? 'apps.localhost'],
      usages: ['server'],
    }),
    registry: await ensure('registry', {
      commonName: 'docker-registry.default.svc',
      dnsNames: [...(options.registry?.dnsNames ?? ['docker-registry.default.svc'])],
      ipAddresses: [...(options.registry?.addresses ?? [])],
      usages: ['server'],
    }),
    registryTokens: {
      caPem: registryTokens.caPem,
      ...(await ensurePair(
        join(dir, 'registry-token-signer'),
        registryTokens,
        { commonName: 'registry-token-signer', usages: ['client'] },
        now,
      )),
    },
    ...sa,
  };
}

/** The pair `base.key` and `base.crt`. The key stays once made, so a certificate never meets a key that it is not for. */
async function ensurePair(base: string, authority: Authority, request: CertificateRequest, now: number): Promise<KeyPair> {
  const keyPath = `${base}.key`;
  const certPath = `${base}.crt`;
  const { pem: keyPem, key } = await ensureKey(keyPath, (cause) =>
    pkiErrors.PKI_FILE_UNREADABLE(keyPath, 'private key', { cause }),
  );
  const found = await readPrivateFile(certPath);
  if (found !== undefined) {
    const certificate = parseCertificate(found);
    if (certificate === undefined) throw pkiErrors.PKI_FILE_UNREADABLE(certPath, 'certificate');
    if (whyRenew(certificate, { request, key, authority: authority.certificate, now }) === undefined)
      return { certPem: found, keyPem };
  }
  const certPem = await authority.certify(key, request);
  await replaceFile(certPath, certPem);
  return { certPem, keyPem };
}
