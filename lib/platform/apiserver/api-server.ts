import { systemClock, type Clock } from '../../common/clock.ts';
import { errorText } from '../../common/errors.ts';
import { type Log, silentLog } from '../../common/log.ts';
import type { ResourceDefinition } from '../api/define-resource.ts';
import { resources as registry } from '../api/registry.ts';
import { isAlreadyExists } from '../api/status-error.ts';
import type { UserInfo, Verbs } from '../api/verbs.ts';
import type { Backend } from '../storage/backend.ts';
import { admissionPlugins } from './admission/registry.ts';
import { anyOf } from './auth/authorizer.ts';
import { basicUser, masters } from './auth/basic-authorizer.ts';
import { nodeAuthorizer } from './auth/node-authorizer.ts';
import { serviceAccountTokens } from './auth/service-account-tokens.ts';
import { createDiscovery } from './discovery/discovery-handler.ts';
import { httpsServer, type ListenOptions, type TlsOptions } from './http/https-server.ts';
import type { HealthCheck } from './http/health.ts';
import { ApiMetrics } from './http/metrics.ts';
import { nodeConnector } from './http/node-connector.ts';
import { RequestHandler } from './http/request-handler.ts';
import type { WatchLimits } from './http/watch-slots.ts';
import { ResourceTable } from './kinds/resource-table.ts';
import { reviewResources } from './kinds/reviews.ts';
import { startExpiry } from './object-expiry.ts';
import { InProcessVerbs } from './operations/in-process-verbs.ts';
import { type ServerContext, SYSTEM_USER } from './server-context.ts';
import { AllocationLedger, type AllocationRanges } from './store/allocation-ledger.ts';
import { ObjectCache } from './store/object-cache.ts';

export interface ApiServerOptions {
  readonly backend: Backend;
  /** The server's own certificate, and the authority that clients' certificates and nodes are checked against. */
  readonly tls: TlsOptions;
  /** Signs and verifies service-account tokens (PKCS #8 and SPKI, ES256). */
  readonly saKeyPem: string;
  readonly saPubPem: string;
  /** Shown to nodes. */
  readonly kubeletClient: { readonly certPem: string; readonly keyPem: string };
  readonly listen: ListenOptions;
  /** How clients reach the server, e.g. `https://192.0.2.7:8443`. */
  readonly advertiseUrl: string;
  readonly ranges: AllocationRanges;
  /** @default silent */
  readonly log?: Log;
  /** @default the system's */
  readonly clock?: Clock;
  /** @default every kind of the registry */
  readonly resources?: readonly ResourceDefinition[];
  /** How many watches may be open, and how much may wait for them. @default those of WatchSlots */
  readonly watchLimits?: Partial<WatchLimits>;
}

export interface ApiServer {
  /** The API as calls, on behalf of a user, with all checks that a remote request goes through. */
  verbs(user: UserInfo): Verbs;
  /** Opens the port. Throws an OoError with a way out when it cannot be had. */
  listen(): Promise<{ url: string; port: number }>;
  /** Whether /readyz says ok. */
  ready(): boolean;
  /** Ends watches, answers what is under way, closes the port. The backend stays open. */
  close(): Promise<void>;
}

/** Namespaces that are always there. */
const SYSTEM_NAMESPACES = ['default', 'kube-system', 'kube-public', 'kube-node-lease'];
/** How often claims without an object are looked for, in ms. */
const REPAIR_INTERVAL = 180_000;

/** Builds the API server on a backend and loads its cache. Nothing listens yet; `verbs` works. */
export async function createApiServer(options: ApiServerOptions): Promise<ApiServer> {
  const { backend, log = silentLog, clock = systemClock } = options;
  const cache = new ObjectCache(backend, log, clock);
  await cache.start();
  const tokens = await serviceAccountTokens({ privatePem: options.saKeyPem, publicPem: options.saPubPem, cache, clock });
  const server: ServerContext = {
    table: new ResourceTable([...(options.resources ?? registry), ...reviewResources(tokens)]),
    backend,
    cache,
    ledger: new AllocationLedger(backend, cache, options.ranges, () => clock.now()),
    authorizer: anyOf(masters, nodeAuthorizer(cache), basicUser),
    admission: admissionPlugins(clock),
    issueToken: tokens.issue,
    clock,
    log,
    verbs: (user) => new InProcessVerbs(server, user),
  };
  await ensureNamespaces(server);
  const stopRepair = repairAllocations(server);
  const expiry = startExpiry(server);
  let closing = false;
  const checks: readonly HealthCheck[] = [
    { name: 'ping', check: () => undefined },
    { name: 'log', check: () => undefined },
    { name: 'etcd', check: () => (cache.ready ? undefined : 'the store cannot be read') },
    { name: 'informer-sync', check: () => (cache.ready ? undefined : 'the cache is being loaded') },
    { name: 'shutdown', check: () => (closing ? 'the server is shutting down' : undefined) },
  ];
  const connector = nodeConnector({ caPem: options.tls.caPem, ...options.kubeletClient });
  const discovery = createDiscovery(server.table, new URL(options.advertiseUrl).host);
  const https = httpsServer(
    new RequestHandler({
      server,
      tokens,
      discovery,
      connector,
      metrics: new ApiMetrics(),
      checks,
      watchLimits: options.watchLimits,
    }),
    options.tls,
  );

  return {
    verbs: server.verbs,
    ready: () => cache.ready && !closing,
    async listen() {
      const port = await https.listen(options.listen);
      const url = new URL(options.advertiseUrl);
      if (options.listen.port === 0) url.port = String(port);
      return { url: url.origin, port };
    },
    async close() {
      closing = true;
      stopRepair();
      expiry.stop();
      await cache.stop();
      await https.close();
      connector.close();
    },
  };
}

async function ensureNamespaces(server: ServerContext): Promise<void> {
  const of = { group: '', version: 'v1', resource: 'namespaces' };
  if (server.table.find(of) === undefined) return;
  const verbs = server.verbs(SYSTEM_USER);
  for (const name of SYSTEM_NAMESPACES) {
    if (server.cache.resource('/registry/core/namespaces/').get(`/registry/core/namespaces/${name}`) !== undefined) continue;
    await verbs.create(of, { apiVersion: 'v1', kind: 'Namespace', metadata: { name } }).catch((error: unknown) => {
      if (!isAlreadyExists(error)) throw error;
    });
  }
}

function repairAllocations(server: ServerContext): () => void {
  const repair = (): void => {
    server.ledger
      .repair()
      .then((released) => released > 0 && server.log.info({ released }, 'released values that no object holds'))
      .catch((error: unknown) => server.log.warn({ error: errorText(error) }, 'repairing allocations failed'));
  };
  repair();
  const timer = setInterval(repair, REPAIR_INTERVAL).unref();
  return () => clearInterval(timer);
}
