/** Names and addresses that are the platform's own: no project's route or service gets them. */
import { isIP } from 'node:net';
import { addressAt, parseCidr } from '../common/cidr.ts';
import { API_SERVICE_OFFSET, DNS_SERVICE_OFFSET, REGISTRY_SERVICE_OFFSET } from './config/service-offsets.ts';
import type { PlatformConfig } from './config/platform-config.ts';
import { apiDnsNames } from './pki/platform-certificates.ts';
import { REGISTRY_NAME, REGISTRY_NAMESPACE, registryDnsNames } from './registry/registry-settings.ts';

/** DNS names that the API has beside its node's: by what pods of a cluster with another domain call it, and as others do. */
export const clusterApiNames = ({ dns, tlsSANs }: PlatformConfig): string[] => [
  `kubernetes.default.svc.${dns.domain}`,
  ...tlsSANs.filter((san) => isIP(san) === 0),
];

/** Hosts of API (logins and git with it) and registry: all that their certificates are for, and what the configuration says. */
export const reservedHosts = (config: PlatformConfig): string[] => [
  ...new Set([
    ...apiDnsNames({ nodeName: config.nodeName, dnsNames: clusterApiNames(config) }),
    ...registryDnsNames(config.dns.domain),
    ...config.router.reservedHosts,
  ]),
];

/** Cluster IPs that never change, by the `namespace/name` of the service that alone may have each, whether it is there or not. */
export function reservedClusterIPs({ serviceCIDR }: Pick<PlatformConfig, 'serviceCIDR'>): ReadonlyMap<string, string> {
  const services = parseCidr(serviceCIDR)!;
  return new Map([
    [addressAt(services, API_SERVICE_OFFSET), 'default/kubernetes'],
    [addressAt(services, REGISTRY_SERVICE_OFFSET), `${REGISTRY_NAMESPACE}/${REGISTRY_NAME}`],
    [addressAt(services, DNS_SERVICE_OFFSET), 'kube-system/kube-dns'],
  ]);
}
