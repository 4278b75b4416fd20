import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { systemClock } from '../../lib/common/clock.ts';
import { createLog, type Log } from '../../lib/common/log.ts';
import { createApiServer } from '../../lib/platform/apiserver/api-server.ts';
import type { Client } from '../../lib/platform/client/client.ts';
import { httpClient, type HttpClient } from '../../lib/platform/client/http-client.ts';
import { inProcessClient } from '../../lib/platform/client/in-process-client.ts';
import { runControllers } from '../../lib/platform/controllers/controller-runner.ts';
import type { BuilderStreamsOptions } from '../../lib/platform/controllers/builder-streams-controller.ts';
import { controllers } from '../../lib/platform/controllers/registry.ts';
import { ENDPOINT_SLICES, SERVICE_ACCOUNTS } from '../../lib/platform/controllers/resources.ts';
import { ensurePlatformCertificates, FRONT_PROXY } from '../../lib/platform/pki/platform-certificates.ts';
import { readRequest } from '../../lib/platform/pki/request-signer.ts';
import type { UserInfo } from '../../lib/platform/api/verbs.ts';
import { createMemoryBackend } from '../../lib/platform/storage/memory/memory-backend.ts';
import { eventually } from './eventually.ts';
import { loopbackApi } from './loopback-api.ts';

/** The real API server with all controllers on a store in memory, over TLS on loopback: everything but nodes. */
export interface MemoryPlatform extends AsyncDisposable {
  /** As the administrator, over HTTP. */
  readonly http: HttpClient;
  /** As the administrator, in process. */
  readonly local: Client;
  /** As somebody else, in process. */
  as(user: UserInfo): Client;
  /** Log lines of level warn and above, parsed. */
  readonly complaints: Record<string, unknown>[];
}

export async function startMemoryPlatform(
  options: { log?: Log; builderStreams?: BuilderStreamsOptions } = {},
): Promise<MemoryPlatform> {
  const folder = await mkdtemp(join(tmpdir(), 'memory-platform-'));
  const certificates = await ensurePlatformCertificates(folder, { nodeName: 'n', addresses: ['172.30.0.1'], dnsNames: [] });
  const complaints: Record<string, unknown>[] = [];
  const log = options.log ?? createLog({ name: 'test', level: 'warn', write: (line) => void complaints.push(JSON.parse(line)) });
  const backend = createMemoryBackend();
  const server = await createApiServer({
    backend,
    ...loopbackApi(certificates),
    advertiseUrl: 'https://127.0.0.1:0',
    log,
  });
  const { url, port } = await server.listen();
  const addresses = { nodeIP: '192.0.2.7', apiPort: port, dnsPort: 8053, kubernetesIP: '172.30.0.1', dnsIP: '172.30.0.10' };
  const masters = { name: 'system:openshift-master', groups: ['system:masters', 'system:authenticated'] };
  const stop = new AbortController();
  const running = runControllers(
    controllers({
      addresses,
      caPem: certificates.caPem,
      signer: { read: readRequest, sign: certificates.authority.sign },
      trust: { clientCaPem: certificates.caPem, proxyCaPem: certificates.frontProxy.caPem, proxyName: FRONT_PROXY },
      probeApiService: server.probeApiService,
      ...(options.builderStreams === undefined ? {} : { builderStreams: options.builderStreams }),
    }),
    {
      client: inProcessClient(server.verbs(masters), masters.name),
      log,
      clock: systemClock,
      signal: stop.signal,
    },
  );
  const admin = await certificates.authority.issue({
    commonName: 'system:admin',
    organizations: ['system:masters'],
    usages: ['client'],
  });
  const http = httpClient({ server: url, caPem: certificates.caPem, ...admin });
  const local = inProcessClient(
    server.verbs({ name: 'system:admin', groups: ['system:masters', 'system:authenticated'] }),
    'system:admin',
  );
  await whole(local);
  return {
    http,
    local,
    as: (user) => inProcessClient(server.verbs(user), user.name),
    complaints,
    [Symbol.asyncDispose]: async () => {
      http.close();
      stop.abort();
      await running;
      await server.close();
      await backend.close();
      await rm(folder, { recursive: true, force: true });
    },
  };
}

/** As whoever logs in finds it: the last that a platform makes of its own, and the account that pods of its first namespace need. */
async function whole(client: Client): Promise<void> {
  await eventually(() => client.get({ ...ENDPOINT_SLICES, namespace: 'kube-system', name: 'kube-dns' }));
  await eventually(() => client.get({ ...SERVICE_ACCOUNTS, namespace: 'default', name: 'default' }));
}
