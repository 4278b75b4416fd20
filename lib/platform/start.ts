/**
 * The composition root: puts the parts together and nothing else. Order of a start: certificates, store, API,
 * controllers, node. Order of a stop: the other way round, so that every last status still finds an API, and every
 * acknowledged write a store.
 */
import { mkdir } from 'node:fs/promises';
import type { Log } from '../common/log.ts';
import { systemClock } from '../common/clock.ts';
import type { KindSettings } from './api/strategy.ts';
import { createApiServer, type ApiServer, type ApiServerOptions } from './apiserver/api-server.ts';
import { backupLines } from './backup/backup-lines.ts';
import { judgeDataFolder } from './backup/restore-backup.ts';
import { registryHost } from './api/image/internal-registry.ts';
import type { Client } from './client/client.ts';
import { inProcessClient } from './client/in-process-client.ts';
import { addressAt, parseCidr } from '../common/cidr.ts';
import { API_SERVICE_OFFSET, DNS_SERVICE_OFFSET, REGISTRY_SERVICE_OFFSET } from './config/service-offsets.ts';
import { dataPaths } from './config/data-paths.ts';
import type { PlatformConfig } from './config/platform-config.ts';
import type { ControllerDefinition } from './controllers/define-controller.ts';
import { runControllers } from './controllers/controller-runner.ts';
import { readFrontProxy } from './configured-files.ts';
import { controllers } from './controllers/registry.ts';
import { startNodeThread } from './node-thread.ts';
import type { IdentityProvider } from './oauth/login.ts';
import { BUILDER_IMAGE } from './builds/contract.ts';
import { createGitServer } from './git/git-server.ts';
import { createOAuthServer, type OAuthServer } from './oauth/oauth-server.ts';
import { followHtpasswd } from './oauth/passwords/htpasswd-file.ts';
import { ensureKubeconfig } from './pki/kubeconfig.ts';
import { ensurePlatformCertificates, FRONT_PROXY, type PlatformCertificates } from './pki/platform-certificates.ts';
import { readRequest } from './pki/request-signer.ts';
import { importController } from './registry/import-controller.ts';
import { addressJudge } from './registry/remote/address-judge.ts';
import { remoteImages } from './registry/remote/remote-images.ts';
import { createRegistry, type Registry } from './registry/registry.ts';
import { registryDnsNames, type RegistrySettings } from './registry/registry-settings.ts';
import { openStore } from './open-store.ts';
import { routerControllers, runRouter } from './router/router.ts';
import type { RouterSettings } from './router/router-settings.ts';
import { createOldApi } from './v1beta1/old-api.ts';
import { PLATFORM_VERSION } from './version.ts';

const MASTER_USER = { name: 'system:openshift-master', groups: ['system:masters', 'system:authenticated'] };

/** Each is bound to a role of its own (rbac/bootstrap/openshift-roles.ts). */
const OAUTH_USER = { name: 'system:openshift:oauth-server', groups: ['system:authenticated'] };
const GIT_USER = { name: 'system:openshift:git-server', groups: ['system:authenticated'] };
/** Bound to system:router. */
const ROUTER_USER = { name: 'system:openshift:router', groups: ['system:authenticated'] };

const REGISTRY_USER = { name: 'system:openshift:registry', groups: ['system:authenticated'] };

/** Which halves this process runs. */
export interface PlatformParts {
  readonly master: boolean;
  readonly node: boolean;
}

/** A running platform. */
export interface Platform {
  /** `https://192.0.2.7:8443`; undefined when only the node runs here. */
  readonly url: string | undefined;
  /** The administrator's kubeconfig. */
  readonly kubeconfigPath: string;
  /** Rejects when a part is lost that only a new start can bring back. */
  readonly failed: Promise<never>;
  stop(): Promise<void>;
}

interface Part {
  stop(): Promise<void>;
}

/**
 * Starts the platform. Resolves when the API answers and the node's thread runs; a node is Ready a moment later.
 * @throws OoError when the data folder, the certificates, the store or the port cannot be used; nothing is left running
 */
export async function startPlatform(config: PlatformConfig, parts: PlatformParts, log: Log): Promise<Platform> {
  const started: Part[] = [];
  const stop = async (): Promise<void> => {
    for (const part of started.splice(0).reverse()) await part.stop();
  };
  const failure = Promise.withResolvers<never>();
  failure.promise.catch(() => undefined);
  try {
    const url = parts.master ? await startMaster(config, log, started, failure.reject) : undefined;
    if (parts.node) started.push(startNodeThread(config, { log }));
    log.info({ url, node: parts.node ? config.nodeName : undefined }, 'started');
    return { url, kubeconfigPath: config.adminKubeconfig, failed: failure.promise, stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

async function startMaster(config: PlatformConfig, log: Log, started: Part[], fail: (error: unknown) => void): Promise<string> {
  await mkdir(config.dataDir, { recursive: true, mode: 0o700 });
  const frontProxy = await readFrontProxy(config);
  await judgeDataFolder(config.dataDir);
  const [certificates, { backend, stored }] = await Promise.all([ensureCertificates(config), openStore(config, fail)]);
  started.push({ stop: () => backend.close() });

  const [host, port] = config.listen.split(':') as [string, string];
  const providers = await identityProviders(config, log);
  let oauth: OAuthServer | undefined;
  let registry: Registry | undefined;
  let registryClient: Client | undefined;
  const server = await createApiServer({
    mounts(verbs) {
      const git = createGitServer({
        client: inProcessClient(verbs(GIT_USER), GIT_USER.name),
        clientOf: (user) => inProcessClient(verbs(user), user.name),
        server: { server: urlOf(config), caPem: certificates.caPem },
        image: BUILDER_IMAGE,
      });
      const client = inProcessClient(verbs(OAUTH_USER), OAUTH_USER.name);
      const { tokenMaxAgeSeconds: tokenMaxAge } = config.oauth;
      oauth = createOAuthServer({
        client,
        url: urlOf(config),
        certificatePem: certificates.apiserver.certPem,
        providers,
        clock: systemClock,
        tokenMaxAge,
      });
      registryClient = inProcessClient(verbs(REGISTRY_USER), REGISTRY_USER.name);
      if (config.registry.enabled)
        registry = createRegistry({
          settings: registrySettings(config, certificates),
          client: registryClient,
          clock: systemClock,
          log: log.child({ component: 'registry' }),
        });
      const old = createOldApi({ clientOf: (user) => inProcessClient(verbs(user), user.name) });
      return [...oauth.endpoints, ...(registry?.endpoints ?? []), git, old];
    },
    remoteImages: remoteImages({
      judge: addressJudge([config.clusterCIDR, config.serviceCIDR, config.advertiseAddress]),
      ownHost: () => registryHost(registryClient!),
      caPem: certificates.caPem,
    }),
    backend,
    tls: { caPem: certificates.caPem, ...certificates.apiserver },
    saKeyPem: certificates.saKeyPem,
    saPubPem: certificates.saPubPem,
    saRetiredPems: certificates.saRetiredPems,
    ...(config.tokenFile === undefined ? {} : { tokenFile: config.tokenFile }),
    ...(config.audit === undefined ? {} : { audit: auditOptions(config.audit) }),
    ...(frontProxy === undefined ? {} : { frontProxy }),
    kubeletClient: certificates.kubeletClient,
    proxyClient: certificates.frontProxy,
    listen: { host, port: Number(port) },
    backup: () => backupLines(stored, { platform: PLATFORM_VERSION, taken: new Date().toISOString() }),
    advertiseUrl: urlOf(config),
    ranges: { clusterIPs: config.serviceCIDR, nodePorts: config.nodePortRange },
    settings: kindSettings(config),
    log: log.child({ component: 'apiserver' }),
    clock: systemClock,
  });
  started.push({ stop: () => server.close() });
  const { url } = await server.listen();
  started.push({ stop: async () => oauth![Symbol.dispose]() });
  await oauth!.ensureClients();
  await ensureKubeconfigs(config, certificates, Number(port));
  const router = config.router.enabled ? routerSettings(config, certificates) : undefined;
  const more = [
    importController(systemClock),
    ...(registry?.controllers ?? []),
    ...(router === undefined ? [] : routerControllers(router)),
  ];
  started.push(startControllers(config, certificates, server, more, log));
  if (router !== undefined) started.push(startRouter(router, server, log));
  return url;
}

function startControllers(
  config: PlatformConfig,
  certificates: PlatformCertificates,
  server: ApiServer,
  more: readonly ControllerDefinition[],
  log: Log,
): Part {
  const stopping = new AbortController();
  const services = parseCidr(config.serviceCIDR)!;
  const definitions = controllers({
    caPem: certificates.caPem,
    signer: { read: readRequest, sign: certificates.authority.sign },
    trust: { clientCaPem: certificates.caPem, proxyCaPem: certificates.frontProxy.caPem, proxyName: FRONT_PROXY },
    probeApiService: server.probeApiService,
    addresses: {
      nodeIP: config.advertiseAddress,
      apiPort: Number(config.listen.split(':')[1]),
      dnsPort: config.dns.port,
      kubernetesIP: addressAt(services, API_SERVICE_OFFSET),
      dnsIP: addressAt(services, DNS_SERVICE_OFFSET),
    },
  });
  const client = inProcessClient(server.verbs(MASTER_USER), MASTER_USER.name);
  const running = runControllers([...definitions, ...more], {
    client,
    log,
    clock: systemClock,
    signal: stopping.signal,
  });
  return {
    async stop() {
      stopping.abort();
      await running;
    },
  };
}

const urlOf = ({ advertiseAddress, listen }: PlatformConfig): string => `https://${advertiseAddress}:${listen.split(':')[1]}`;

async function identityProviders({ oauth: { htpasswdFile } }: PlatformConfig, log: Log): Promise<IdentityProvider[]> {
  if (htpasswdFile === undefined) return [];
  return [{ name: 'htpasswd', hashOf: await followHtpasswd(htpasswdFile, systemClock, log.child({ component: 'oauth' })) }];
}

function kindSettings({ projects: { requestMessage, requestTemplate }, router }: PlatformConfig): KindSettings {
  const [namespace, name] = requestTemplate?.split('/') ?? [];
  return {
    projects: {
      requestMessage,
      ...(namespace === undefined || name === undefined ? {} : { requestTemplate: { namespace, name } }),
    },
    routes: { domain: router.domain },
  };
}

const auditOptions = ({ maxSizeMB, ...rest }: NonNullable<PlatformConfig['audit']>): NonNullable<ApiServerOptions['audit']> => ({
  ...rest,
  maxBytes: maxSizeMB << 20,
});

function ensureCertificates(config: PlatformConfig): Promise<PlatformCertificates> {
  const services = parseCidr(config.serviceCIDR)!;
  return ensurePlatformCertificates(dataPaths(config.dataDir).pki, {
    nodeName: config.nodeName,
    addresses: [config.advertiseAddress, addressAt(services, API_SERVICE_OFFSET)],
    dnsNames: [`kubernetes.default.svc.${config.dns.domain}`],
    routesDomain: config.router.domain,
    registry: { addresses: [addressAt(services, REGISTRY_SERVICE_OFFSET)], dnsNames: registryDnsNames(config.dns.domain) },
  });
}

const registrySettings = (config: PlatformConfig, certificates: PlatformCertificates): RegistrySettings => ({
  url: urlOf(config),
  clusterIP: addressAt(parseCidr(config.serviceCIDR)!, REGISTRY_SERVICE_OFFSET),
  image: config.images.registry,
  domain: config.dns.domain,
  storage: config.registry.storage,
  caPem: certificates.caPem,
  serving: certificates.registry,
  tokens: certificates.registryTokens,
});

const routerSettings = (config: PlatformConfig, certificates: PlatformCertificates): RouterSettings => ({
  folder: dataPaths(config.dataDir).router,
  image: config.images.router,
  nodeName: config.nodeName,
  httpPort: config.router.httpPort,
  httpsPort: config.router.httpsPort,
  serving: certificates.router,
  caPem: certificates.caPem,
});

function startRouter(settings: RouterSettings, server: ApiServer, log: Log): Part {
  const stopping = new AbortController();
  const client = inProcessClient(server.verbs(ROUTER_USER), ROUTER_USER.name);
  const running = runRouter({ settings, client, clock: systemClock, log: log.child({ component: 'router' }) }, stopping.signal);
  return {
    async stop() {
      stopping.abort();
      await running;
    },
  };
}

async function ensureKubeconfigs(config: PlatformConfig, { authority }: PlatformCertificates, port: number): Promise<void> {
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
