import type { ApiServerOptions } from '../../lib/platform/apiserver/api-server-options.ts';
import type { PlatformCertificates } from '../../lib/platform/pki/platform-certificates.ts';

/** What an API server on a free port of the loopback is told, with all checks that `openshift start` has on. */
export const loopbackApi = (certificates: PlatformCertificates): Omit<ApiServerOptions, 'backend'> => ({
  tls: { caPem: certificates.caPem, ...certificates.apiserver },
  saKeyPem: certificates.saKeyPem,
  saPubPem: certificates.saPubPem,
  kubeletClient: certificates.kubeletClient,
  proxyClient: certificates.frontProxy,
  listen: { host: '127.0.0.1', port: 0 },
  advertiseUrl: 'https://127.0.0.1:8443',
  ranges: { clusterIPs: '172.30.0.0/16', nodePorts: '30000-32767' },
});
