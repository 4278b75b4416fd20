import { systemClock } from '../../common/clock.ts';
import { errorText } from '../../common/errors.ts';
import { silentLog } from '../../common/log.ts';
import type { KindSettings } from '../api/strategy.ts';
import type { RemoteImages } from '../api/image/remote-images.ts';
import { resources as registry } from '../api/registry.ts';
import { newServiceUnavailable } from '../api/status-error.ts';
import type { UserInfo, Verbs } from '../api/verbs.ts';
import type { ApiServerOptions } from './api-server-options.ts';
import { createAggregation } from './aggregation/create-aggregation.ts';
import { admissionPlugins } from './admission/registry.ts';
import { accessControl } from './auth/access-control.ts';
import { anyOf } from './auth/authorizer.ts';
import { basicUser, masters } from './auth/basic-authorizer.ts';
import { nodeAuthorizer } from './auth/node-authorizer.ts';
import { oauthTokens } from './auth/oauth-tokens.ts';
import { PolicyIndex } from './auth/policy-index.ts';
import { RbacAuthorizer } from './auth/rbac-authorizer.ts';
import { createAuditor } from './audit/create-auditor.ts';
import { anyToken } from './auth/bearer-tokens.ts';
import { certificateHolders } from './auth/certificate-user.ts';
import { serviceAccountKeys } from './auth/service-account-keys.ts';
import { serviceAccountTokens } from './auth/service-account-tokens.ts';
import { staticTokens } from './auth/static-tokens.ts';
import { ensureBootstrapObjects } from './bootstrap-objects.ts';
import { createDiscovery } from './discovery/discovery-handler.ts';
import { FlowControl } from './flowcontrol/flow-control.ts';
import { FlowTally } from './flowcontrol/flow-tally.ts';
import { httpsServer } from './http/https-server.ts';
import type { HealthCheck } from './http/health.ts';
import { issuerDocuments } from './http/issuer-documents.ts';
import { ApiMetrics } from './http/metrics.ts';
import { nodeConnector } from './http/node-connector.ts';
import { podStreams } from './http/pod-streams.ts';
import { RequestHandler, type RequestHandlerOptions } from './http/request-handler.ts';
import { QuotaLedger } from './quota/quota-ledger.ts';
import { followDefinedKinds } from './kinds/defined-kinds.ts';
import { OpenStreams } from './http/open-streams.ts';
import { UpgradeHandler } from './http/upgrade-handler.ts';
import { StoreActions } from './http/store-actions.ts';
import { ResourceTable } from './kinds/resource-table.ts';
import { startExpiry } from './object-expiry.ts';
import { InProcessVerbs } from './operations/in-process-verbs.ts';
import { type ServerContext, SYSTEM_USER } from './server-context.ts';
import { AllocationLedger } from './store/allocation-ledger.ts';
import { ObjectCache } from './store/object-cache.ts';
import { nodeUsageSource } from './usage/node-usage-source.ts';

/** A running API server. */
export interface ApiServer {
  /** The API as calls, on behalf of a user, with all checks that a remote request goes through. */
  verbs(user: UserInfo): Verbs;
  /** Opens the port. Throws an OoError with a way out when it cannot be had. */
  listen(): Promise<{ url: string; port: number }>;
  /** Asks the server that an APIService names. Rejects with an Error that says why it does not answer. */
  probeApiService(of: { readonly group: string; readonly version: string }): Promise<void>;
  /** Whether /readyz says ok. */
  ready(): boolean;
  /** Ends watches, answers what is under way, closes the port. The backend stays open. */
  close(): Promise<void>;
}

const DEFAULT_SETTINGS: KindSettings = {
  projects: { requestMessage: 'You may not request a new project via this API.' },
  routes: { domain: 'apps.localhost', reservedHosts: [] },
  network: { clusterCIDR: '10.128.0.0/14', hostSubnetLength: 9, isolateProjects: true },
};

const refuse = (): Promise<never> => Promise.reject(newServiceUnavailable('this server imports no images'));
const noRemoteImages: RemoteImages = { find: refuse, tags: refuse };

/** How often claims without an object are looked for, in ms. */
const REPAIR_INTERVAL = 180_000;

/** Builds the API server on a backend and loads its cache. Nothing listens yet; `verbs` works. */
export async function createApiServer(options: ApiServerOptions): Promise<ApiServer> {
  const { backend, log = silentLog, clock = systemClock } = options;
  const table = new ResourceTable(options.resources ?? registry);
  // Files that people write come first: a mistake in one leaves nothing running.
  const auditor = options.audit === undefined ? undefined : await createAuditor(options.audit, { table, clock, log });
  const fromFile = options.tokenFile === undefined ? [] : [await staticTokens(options.tokenFile, clock, log)];
  const keys = await serviceAccountKeys({
    privatePem: options.saKeyPem,
    publicPem: options.saPubPem,
    ...(options.saRetiredPems === undefined ? {} : { retiredPems: options.saRetiredPems }),
  });
  const cache = new ObjectCache(backend, log, clock);
  await cache.start();
  const accounts = serviceAccountTokens(keys, cache, clock);
  const tokens = anyToken(accounts.authenticate, oauthTokens(cache, clock), ...fromFile);
  const stopKinds = followDefinedKinds(table, cache, log);
  const policy = new PolicyIndex(table.builtIn, cache);
  const rbac = new RbacAuthorizer(policy);
  const authorizer = anyOf(masters, nodeAuthorizer(cache), basicUser, rbac);
  const access = accessControl(authorizer, rbac, policy);
  const quota = new QuotaLedger({ cache, table, log, verbs: () => server.verbs(SYSTEM_USER) });
  const connector = nodeConnector({ caPem: options.tls.caPem, ...options.kubeletClient });
  const server: ServerContext = {
    table,
    backend,
    cache,
    ledger: new AllocationLedger(backend, cache, options.ranges, () => clock.now()),
    authorizer,
    access,
    policy,
    authenticate: tokens,
    admission: admissionPlugins({ clock, access, quota, log, table, authorizer, projectBounds: options.projectBounds }),
    quota,
    issueToken: accounts.issue,
    remoteImages: options.remoteImages ?? noRemoteImages,
    pods: podStreams(() => server, connector),
    settings: { ...DEFAULT_SETTINGS, ...options.settings },
    usage: nodeUsageSource(cache, connector, log),
    clock,
    log,
    verbs: (user) => aggregation.verbs(user, new InProcessVerbs(server, user)),
  };
  const aggregation = createAggregation(server, options.proxyClient);
  await ensureBootstrapObjects(server).catch(async (error: unknown) => {
    aggregation.close();
    await cache.stop();
    throw error;
  });
  quota.start();
  const stopRepair = repairAllocations(server);
  const expiry = startExpiry(server);
  let closing = false;
  const checks: readonly HealthCheck[] = [
    { name: 'ping', check: () => undefined },
    { name: 'log', check: () => undefined },
    { name: 'etcd', check: () => (cache.ready ? backend.failure() : 'the store cannot be read') },
    { name: 'informer-sync', check: () => (cache.ready ? undefined : 'the cache is being loaded') },
    { name: 'shutdown', check: () => (closing ? 'the server is shutting down' : undefined) },
  ];
  const discovery = aggregation.discovery(createDiscovery(server.table, new URL(options.advertiseUrl).host));
  const metrics = new ApiMetrics();
  const authenticators = {
    tokens,
    certificates: certificateHolders({
      caPem: options.tls.caPem,
      ...(options.frontProxy === undefined ? {} : { frontProxy: options.frontProxy }),
    }),
  };
  const handling: RequestHandlerOptions = {
    server,
    authenticators,
    issuer: issuerDocuments(keys.jwks, options.advertiseUrl),
    discovery,
    connector,
    aggregator: aggregation.aggregator,
    metrics,
    flow: new FlowControl(table.builtIn, cache, new FlowTally(metrics.registry)),
    checks,
    auditor,
    watchLimits: options.watchLimits,
    streams: new OpenStreams(options.streamLimits),
    mounts: options.mounts?.(server.verbs),
    storeActions: options.backup && new StoreActions(backend, options.backup),
  };
  const https = httpsServer(
    new RequestHandler(handling),
    new UpgradeHandler(handling),
    // TLS checks what a client shows against both authorities; which one it was is looked at afterwards.
    { ...options.tls, caPem: [options.tls.caPem, options.frontProxy?.caPem ?? ''].join('\n') },
    options.connectionLimits,
  );

  return {
    verbs: server.verbs,
    probeApiService: aggregation.probe,
    ready: () => cache.ready && backend.failure() === undefined && !closing,
    async listen() {
      const port = await https.listen(options.listen);
      const url = new URL(options.advertiseUrl);
      if (options.listen.port === 0) url.port = String(port);
      return { url: url.origin, port };
    },
    async close() {
      closing = true;
      stopKinds();
      stopRepair();
      quota.stop();
      expiry.stop();
      await cache.stop();
      await https.close();
      connector.close();
      aggregation.close();
      await auditor?.close();
    },
  };
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
