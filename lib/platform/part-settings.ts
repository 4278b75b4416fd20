/** What the configuration says, as each part of the platform wants to hear it. */
import { addressAt, parseCidr } from '../common/cidr.ts';
import type { KindSettings } from './api/strategy.ts';
import type { ApiServerOptions } from './apiserver/api-server-options.ts';
import { dataPaths } from './config/data-paths.ts';
import type { PlatformConfig } from './config/platform-config.ts';
import { REGISTRY_SERVICE_OFFSET } from './config/service-offsets.ts';
import type { PlatformCertificates } from './pki/platform-certificates.ts';
import type { RegistrySettings } from './registry/registry-settings.ts';
import { reservedHosts } from './reserved-names.ts';
import type { RouterSettings } from './router/router-settings.ts';

/** Where clients, pods among them, find the API. */
export const urlOf = ({ advertiseAddress, listen }: PlatformConfig): string =>
  `https://${advertiseAddress}:${listen.split(':')[1]}`;

/** What kinds go by. */
export function kindSettings(config: PlatformConfig): KindSettings {
  const { projects, router } = config;
  const { requestMessage, requestTemplate, maxProjects, limits = [] } = projects;
  const { maxProjectsForServiceAccounts: forServiceAccounts, maxProjectsForSystemUsers: forSystemUsers } = projects;
  const [namespace, name] = requestTemplate?.split('/') ?? [];
  return {
    projects: {
      requestMessage,
      limits: { byLabels: [...limits, { maxProjects }], forServiceAccounts, forSystemUsers },
      ...(namespace === undefined || name === undefined ? {} : { requestTemplate: { namespace, name } }),
    },
    routes: { domain: router.domain, reservedHosts: reservedHosts(config) },
    network: {
      clusterCIDR: config.clusterCIDR,
      hostSubnetLength: 32 - parseCidr(config.podCIDR)!.bits,
      isolateProjects: config.network.isolateProjects,
    },
  };
}

/** Of the audit log, its size in bytes. */
export const auditOptions = ({
  maxSizeMB,
  ...rest
}: NonNullable<PlatformConfig['audit']>): NonNullable<ApiServerOptions['audit']> => ({
  ...rest,
  maxBytes: maxSizeMB << 20,
});

/** Of the registry. Its address is the same one of every service network. */
export const registrySettings = (config: PlatformConfig, certificates: PlatformCertificates): RegistrySettings => ({
  url: urlOf(config),
  clusterIP: addressAt(parseCidr(config.serviceCIDR)!, REGISTRY_SERVICE_OFFSET),
  image: config.images.registry,
  domain: config.dns.domain,
  storage: config.registry.storage,
  caPem: certificates.caPem,
  serving: certificates.registry,
  tokens: certificates.registryTokens,
});

/** Of the router on this machine. */
export const routerSettings = (config: PlatformConfig, certificates: PlatformCertificates): RouterSettings => ({
  folder: dataPaths(config.dataDir).router,
  image: config.images.router,
  nodeName: config.nodeName,
  httpPort: config.router.httpPort,
  httpsPort: config.router.httpsPort,
  serving: certificates.router,
  caPem: certificates.caPem,
});
