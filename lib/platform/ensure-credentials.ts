import { isIP } from 'node:net';
import { addressAt, parseCidr } from '../common/cidr.ts';
import { dataPaths } from './config/data-paths.ts';
import type { PlatformConfig } from './config/platform-config.ts';
import { API_SERVICE_OFFSET, REGISTRY_SERVICE_OFFSET } from './config/service-offsets.ts';
import { ensureKubeconfig } from './pki/kubeconfig.ts';
import { ensurePlatformCertificates, type PlatformCertificates } from './pki/platform-certificates.ts';
import { registryDnsNames } from './registry/registry-settings.ts';
import { clusterApiNames } from './reserved-names.ts';

/** Every certificate of the platform, made where it is missing or about to expire. */
export function ensureCertificates(config: PlatformConfig): Promise<PlatformCertificates> {
  const services = parseCidr(config.serviceCIDR)!;
  return ensurePlatformCertificates(dataPaths(config.dataDir).pki, {
    nodeName: config.nodeName,
    addresses: [
      config.advertiseAddress,
      addressAt(services, API_SERVICE_OFFSET),
      ...config.tlsSANs.filter((san) => isIP(san) !== 0),
    ],
    dnsNames: clusterApiNames(config),
    routesDomain: config.router.domain,
    registry: { addresses: [addressAt(services, REGISTRY_SERVICE_OFFSET)], dnsNames: registryDnsNames(config.dns.domain) },
  });
}

/** The administrator's kubeconfig and the node's. `port`: where the API listens. */
export async function ensureKubeconfigs(
  config: PlatformConfig,
  { authority }: PlatformCertificates,
  port: number,
): Promise<void> {
  const [host] = config.listen.split(':') as [string];
  // An API that listens on one address only is reached there and nowhere else.
  const cluster = { server: `https://${host === '0.0.0.0' ? config.advertiseAddress : host}:${port}`, cluster: 'oo-install' };
  const node = `system:node:${config.nodeName}`;
  await Promise.all([
    ensureKubeconfig(config.adminKubeconfig, authority, {
      ...cluster,
      user: 'system:admin',
      commonName: 'system:admin',
      organizations: ['system:masters'],
    }),
    ensureKubeconfig(config.kubeconfig, authority, { ...cluster, user: node, commonName: node, organizations: ['system:nodes'] }),
  ]);
}
