import { type ApiServer, createApiServer } from '../../../lib/platform/apiserver/api-server.ts';
import type { PlatformCertificates } from '../../../lib/platform/pki/platform-certificates.ts';
import type { Backend } from '../../../lib/platform/storage/backend.ts';
import { loopbackApi } from '../../support/loopback-api.ts';

/** The API server alone, on a free port of the loopback, with all checks that `openshift start` has on. */
export function startApi(backend: Backend, certificates: PlatformCertificates): Promise<ApiServer> {
  return createApiServer({
    backend,
    ...loopbackApi(certificates),
  });
}
