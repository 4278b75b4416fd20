import { type ApiServer, createApiServer } from '../../../lib/platform/apiserver/api-server.ts';
import type { PlatformCertificates } from '../../../lib/platform/pki/platform-certificates.ts';
import type { Backend } from '../../../lib/platform/storage/backend.ts';

/** The API server alone, on a free port of the loopback, with all checks that `openshift start` has on. */
export function startApi(backend: Backend, certificates: PlatformCertificates): Promise<ApiServer> {
  return createApiServer({
    backend,
    tls: { caPem: certificates.caPem, ...certificates.apiserver },
    saKeyPem: certificates.saKeyPem,
    saPubPem: certificates.saPubPem,
    kubeletClient: certificates.kubeletClient,
    proxyClient: certificates.frontProxy,
    listen: { host: '127.0.0.1', port: 0 },
    advertiseUrl: 'https://127.0.0.1:8443',
    ranges: { clusterIPs: '172.30.0.0/16', nodePorts: '30000-32767' },
  });
}
