import { type Clock, systemClock } from '../../../common/clock.ts';
import { errorText } from '../../../common/errors.ts';
import { type Backoff, backoffDelay } from '../../../common/retry.ts';
import type { KubeObject } from '../../api/meta.ts';
import { FINISHED } from '../network-policy/pod-network.ts';
import { policyRuleset, type PolicyRuleset } from '../network-policy/policy-ruleset.ts';
import { canLimitConnections } from './connection-limits.ts';
import { FirewalldZone } from './firewalld-zone.ts';
import { ensureAccepts } from './forward-accepts.ts';
import { listTables, NftTable } from './nft-table.ts';
import { machineHost, type ProxyHost } from './proxy-host.ts';
import type { ProxyOptions } from './proxy-options.ts';
import { tableNameOf } from './remove-rules.ts';
import { buildRuleset } from './ruleset.ts';
import { type ServicePort, servicePorts } from './service-ports.ts';
import { ensureServiceRoute } from './service-route.ts';
import { flushStaleFlows } from './stale-flows.ts';
import { Sysctls } from './sysctls.ts';

/** Cluster IPs, external IPs and node ports in the kernel. */
export interface Proxy {
  /** Follows the informers until the signal; then the rules stay, so that containers keep serving. Never rejects. */
  run(signal: AbortSignal): Promise<void>;
  /** Looks now at what others may have undone (after Docker has come back, or the bridge has appeared). */
  reassert(): void;
}

/** Changes that come together are written together. */
const GATHER_MS = 20;
const RETRY: Backoff = { base: 500, cap: 30_000, jitter: 0.2 };

/** Not yet started. */
export function createProxy(options: ProxyOptions): Proxy {
  return new NftProxy(options);
}

class NftProxy implements Proxy {
  readonly #options: ProxyOptions;
  readonly #clock: Clock;
  readonly #host: ProxyHost;
  readonly #table: NftTable;
  readonly #sysctls: Sysctls;
  readonly #firewalld: FirewalldZone;
  /** Something has changed that the kernel does not know. */
  #isDirty = true;
  #shouldAssert = true;
  #wake: (() => void) | undefined;
  /** What the kernel has. */
  #written: readonly ServicePort[] | undefined;
  #hasBridgeNetfilter = true;
  #saidNoConntrack = false;
  #canLimit: boolean | undefined;
  #saidSysctl: string | undefined;

  constructor(options: ProxyOptions) {
    this.#options = options;
    this.#clock = options.clock ?? systemClock;
    this.#host = options.host ?? machineHost();
    this.#table = new NftTable(this.#host);
    this.#sysctls = new Sysctls(this.#host, options.recordPath);
    this.#firewalld = new FirewalldZone(this.#host, options.bridge);
  }

  reassert(): void {
    this.#shouldAssert = true;
    this.#wake?.();
  }

  async run(signal: AbortSignal): Promise<void> {
    const { services, endpoints, log } = this.#options;
    const changed = (): void => {
      this.#isDirty = true;
      this.#wake?.();
    };
    const { pods, namespaces, policies } = this.#options.policies ?? {};
    const followed = [services, endpoints, ...[namespaces, policies].filter((informer) => informer !== undefined)];
    for (const informer of followed) informer.addHandler({ added: changed, updated: changed, deleted: changed });
    pods?.addHandler({
      added: changed,
      updated: (pod, old) => networkFacts(pod) === networkFacts(old) || changed(),
      deleted: changed,
    });
    signal.addEventListener('abort', () => this.#wake?.(), { once: true });
    try {
      await Promise.all([...followed, ...(pods === undefined ? [] : [pods])].map((informer) => informer.synced(signal)));
    } catch {
      return;
    }
    let failures = 0;
    while (!signal.aborted) {
      try {
        if (this.#shouldAssert) await this.#assert();
        if (this.#isDirty) await this.#write();
        failures = 0;
        await this.#idle(signal, this.#options.assertInterval ?? 5000);
      } catch (error) {
        log.error({ error: errorText(error), failures }, 'services could not be written to the kernel');
        this.#isDirty = true;
        this.#shouldAssert = true;
        await this.#clock.sleep(backoffDelay(RETRY, failures++), signal).catch(() => undefined);
      }
    }
  }

  /** Until something changes (and a moment more, for what comes with it), or it is time to look again. */
  async #idle(signal: AbortSignal, interval: number): Promise<void> {
    if (signal.aborted) return;
    if (!this.#isDirty && !this.#shouldAssert) {
      const woken = Promise.withResolvers<void>();
      const timer = new AbortController();
      this.#wake = woken.resolve;
      const timeout = this.#clock.sleep(interval, timer.signal).then(
        () => void (this.#shouldAssert = true),
        () => undefined,
      );
      await Promise.race([woken.promise, timeout]);
      this.#wake = undefined;
      timer.abort();
    }
    if (this.#isDirty) await this.#clock.sleep(GATHER_MS, signal).catch(() => undefined);
  }

  /** Everything that is not ours alone, and that others may have undone. */
  async #assert(): Promise<void> {
    const { log, bridge, serviceCIDR, nodeAddresses } = this.#options;
    this.#shouldAssert = false;
    const hasBridgeNetfilter = await this.#sysctls.hasBridgeNetfilter();
    if (hasBridgeNetfilter !== this.#hasBridgeNetfilter) {
      this.#hasBridgeNetfilter = hasBridgeNetfilter;
      this.#isDirty = true;
      if (!hasBridgeNetfilter)
        log.warn(
          {},
          'br_netfilter is missing: pods see the address of the bridge as client of services, and nothing keeps pods apart',
        );
    }
    // Not before the table is there, which keeps the pods away from what they open: the loopback.
    if (this.#written !== undefined) await this.#ensureSysctls(bridge);
    if (await ensureServiceRoute(this.#host, serviceCIDR, nodeAddresses[0]))
      log.info({ serviceCIDR }, 'route for services added');
    if (await ensureAccepts(this.#host, { bridge, tag: this.#tableName })) log.info({ bridge }, 'forwarding for pods allowed');
    const tables = await listTables(this.#host);
    if (await this.#firewalld.ensure(tables.get('inet firewalld')))
      log.info({ bridge }, 'bridge added to the trusted zone of firewalld');
    if (this.#written !== undefined && !this.#table.isIntact(tables)) {
      log.warn({ table: this.#tableName }, 'the table of services was removed by another program; writing it again');
      this.#table.forget();
      this.#isDirty = true;
      this.#options.onRemoved?.();
    }
  }

  /** A switch that cannot be set costs what needs it, not the services. */
  async #ensureSysctls(bridge: string): Promise<void> {
    try {
      const switched = await this.#sysctls.ensure(bridge);
      if (switched.length > 0) this.#options.log.info({ sysctls: switched }, 'kernel switches set');
    } catch (error) {
      const text = errorText(error);
      if (text !== this.#saidSysctl)
        this.#options.log.error({ error: text }, 'a kernel switch that services need could not be set');
      this.#saidSysctl = text;
    }
  }

  get #tableName(): string {
    return tableNameOf(this.#options.tableName);
  }

  async #write(): Promise<void> {
    const { services, endpoints, bridge, podCIDR, clusterCIDR, serviceCIDR, log } = this.#options;
    this.#isDirty = false;
    const started = this.#clock.now();
    const ports = servicePorts(services.lister.list(), (namespace, name) => endpoints.lister.get(namespace, name), this.#options);
    const settings = {
      bridge,
      podCIDR,
      clusterCIDR,
      serviceCIDR,
      bridgeNetfilter: this.#hasBridgeNetfilter,
      limitConnections: await this.#limitsConnections(ports),
      table: this.#tableName,
    };
    await this.#table.apply(buildRuleset(ports, settings, this.#policies()));
    // New endpoints may be the first pods, and with them the bridge has come.
    await this.#ensureSysctls(bridge);
    const before = this.#written;
    this.#written = ports;
    if (udpText(before) !== udpText(ports)) await this.#flushFlows(ports);
    log.debug({ servicePorts: ports.length, ms: this.#clock.now() - started }, 'services written to the kernel');
  }

  /** Asked once, when a service has a limit: where the kernel cannot, services are to work without. */
  async #limitsConnections(ports: readonly ServicePort[]): Promise<boolean> {
    if (!ports.some(({ perClient }) => perClient !== undefined)) return false;
    if (this.#canLimit === undefined) {
      this.#canLimit = await canLimitConnections(this.#host);
      if (!this.#canLimit)
        this.#options.log.warn(
          {},
          'the kernel cannot limit connections (nft_connlimit, Linux 5.9): one client may take all those of a service',
        );
    }
    return this.#canLimit;
  }

  #policies(): PolicyRuleset | undefined {
    const { policies: sources, podCIDR, clusterCIDR } = this.#options;
    if (sources === undefined) return undefined;
    const { pods, namespaces, policies, isolateProjects } = sources;
    return policyRuleset({
      pods: pods.lister.list(),
      namespaces: namespaces.lister.list(),
      policies: policies.lister.list(),
      isolateProjects,
      podCIDR,
      clusterCIDR,
    });
  }

  async #flushFlows(ports: readonly ServicePort[]): Promise<void> {
    const flushed = await flushStaleFlows(this.#host, ports, this.#options.serviceCIDR);
    if (flushed !== undefined || this.#saidNoConntrack) return;
    this.#saidNoConntrack = true;
    this.#options.log.warn({}, 'the program conntrack is missing: clients of UDP services may speak to endpoints that are gone');
  }
}

/** What rules depend on of a pod: most of its updates are about other things. */
const networkFacts = ({ metadata, status }: KubeObject): string =>
  JSON.stringify([metadata.labels, status?.podIP, FINISHED.has(status?.phase as string)]);

const udpText = (ports: readonly ServicePort[] | undefined): string =>
  ports === undefined ? '?' : JSON.stringify(ports.filter(({ protocol }) => protocol === 'udp'));
