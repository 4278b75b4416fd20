/**
 * The composition root: puts the parts together and nothing else. Order of a start: certificates, store, API,
 * controllers, node. Order of a stop: the other way round, so that every last status still finds an API, and every
 * acknowledged write a store.
 */
import { mkdir } from 'node:fs/promises';
import type { Log } from '../common/log.ts';
import { systemClock } from '../common/clock.ts';
import { createApiServer, type ApiServer } from './apiserver/api-server.ts';
import { backupLines } from './backup/backup-lines.ts';
import { judgeDataFolder } from './backup/restore-backup.ts';
import { inProcessClient } from './client/in-process-client.ts';
import { addressAt, parseCidr } from '../common/cidr.ts';
import { API_SERVICE_OFFSET, DNS_SERVICE_OFFSET } from './config/service-offsets.ts';
import type { PlatformConfig } from './config/platform-config.ts';
import type { ControllerDefinition } from './controllers/define-controller.ts';
import { runControllers } from './controllers/controller-runner.ts';
import { readBuildDefaults, readFrontProxy } from './configured-files.ts';
import type { BuildDefaults } from './builds/contract.ts';
import { controllers } from './controllers/registry.ts';
import { startNodeThread } from './node-thread.ts';
import { FRONT_PROXY, type PlatformCertificates } from './pki/platform-certificates.ts';
import { readRequest } from './pki/request-signer.ts';
import { importController } from './registry/import-controller.ts';
import { addressJudge } from './registry/remote/address-judge.ts';
import { remoteImages } from './registry/remote/remote-images.ts';
import { ensureCertificates, ensureKubeconfigs } from './ensure-credentials.ts';
import { createPlatformMounts, identityProviders, type PlatformMounts } from './platform-mounts.ts';
import { openStore } from './open-store.ts';
import { reservedClusterIPs } from './reserved-names.ts';
import { auditOptions, kindSettings, routerSettings, urlOf } from './part-settings.ts';
import { routerControllers, runRouter } from './router/router.ts';
import type { RouterSettings } from './router/router-settings.ts';
import { PLATFORM_VERSION } from './version.ts';

const MASTER_USER = { name: 'system:openshift-master', groups: ['system:masters', 'system:authenticated'] };

/** Bound to system:router. */
const ROUTER_USER = { name: 'system:openshift:router', groups: ['system:authenticated'] };

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
  const buildDefaults = await readBuildDefaults(config);
  await judgeDataFolder(config.dataDir);
  const [certificates, { backend, stored }] = await Promise.all([ensureCertificates(config), openStore(config, fail)]);
  started.push({ stop: () => backend.close() });

  const [host, port] = config.listen.split(':') as [string, string];
  const providers = await identityProviders(config, log);
  let mounted: PlatformMounts | undefined;
  const server = await createApiServer({
    mounts: (verbs) => (mounted = createPlatformMounts(config, certificates, providers, verbs, log)).mounts,
    remoteImages: remoteImages({
      judge: addressJudge([config.clusterCIDR, config.serviceCIDR, config.advertiseAddress]),
      ownHost: () => mounted!.ownHost(),
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
    ranges: {
      clusterIPs: config.serviceCIDR,
      nodePorts: config.nodePortRange,
      reservedIPs: reservedClusterIPs(config),
    },
    settings: kindSettings(config),
    projectBounds: { objects: config.projects.maxObjects, bytes: config.projects.maxObjectsMB << 20 },
    log: log.child({ component: 'apiserver' }),
    clock: systemClock,
  });
  started.push({ stop: () => server.close() });
  const { url } = await server.listen();
  started.push({ stop: async () => mounted!.oauth[Symbol.dispose]() });
  await mounted!.oauth.ensureClients();
  await ensureKubeconfigs(config, certificates, Number(port));
  const router = config.router.enabled ? routerSettings(config, certificates) : undefined;
  const more = [
    importController(systemClock),
    ...(mounted!.registry?.controllers ?? []),
    ...(router === undefined ? [] : routerControllers(router)),
  ];
  started.push(startControllers(config, certificates, server, buildDefaults, more, log));
  if (router !== undefined) started.push(startRouter(router, server, log));
  return url;
}

function startControllers(
  config: PlatformConfig,
  certificates: PlatformCertificates,
  server: ApiServer,
  buildDefaults: BuildDefaults,
  more: readonly ControllerDefinition[],
  log: Log,
): Part {
  const services = parseCidr(config.serviceCIDR)!;
  const definitions = controllers({
    caPem: certificates.caPem,
    signer: { read: readRequest, sign: certificates.authority.sign },
    trust: { clientCaPem: certificates.caPem, proxyCaPem: certificates.frontProxy.caPem, proxyName: FRONT_PROXY },
    probeApiService: server.probeApiService,
    buildDefaults,
    ...(config.registry.enabled
      ? { builderStreams: { registryImage: config.images.registry, names: config.registry.builderImages } }
      : {}),
    addresses: {
      nodeIP: config.advertiseAddress,
      apiPort: Number(config.listen.split(':')[1]),
      dnsPort: config.dns.port,
      kubernetesIP: addressAt(services, API_SERVICE_OFFSET),
      dnsIP: addressAt(services, DNS_SERVICE_OFFSET),
    },
  });
  const client = inProcessClient(server.verbs(MASTER_USER), MASTER_USER.name);
  return startWork((signal) => runControllers([...definitions, ...more], { client, log, clock: systemClock, signal }));
}

function startRouter(settings: RouterSettings, server: ApiServer, log: Log): Part {
  const client = inProcessClient(server.verbs(ROUTER_USER), ROUTER_USER.name);
  const context = { settings, client, clock: systemClock, log: log.child({ component: 'router' }) };
  return startWork((signal) => runRouter(context, signal));
}

/** What goes on until it is told to end. */
function startWork(run: (signal: AbortSignal) => Promise<void>): Part {
  const stopping = new AbortController();
  const running = run(stopping.signal);
  return {
    async stop() {
      stopping.abort();
      await running;
    },
  };
}
