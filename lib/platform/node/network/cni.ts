import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Log } from '../../../common/log.ts';
import { AttachmentRecords, type PortMapping } from './attachment-records.ts';
import { type CniAttachment, type CniConfig, CniError, type CniResult, runPlugin } from './cni-plugin.ts';
import { listReservations } from './ipam-reservations.ts';
import { PortGuard } from './port-guard.ts';
import { uplinkMtu } from './uplink-mtu.ts';

export interface PodNetworkOptions {
  /** Where the containernetworking plugins are; the first folder that has one wins. */
  readonly pluginDirs: readonly string[];
  /** Name of the bridge, at most 15 characters. */
  readonly bridge: string;
  /** This node's slice of the pod network, e.g. `10.128.0.0/23`. */
  readonly podCIDR: string;
  /** Reservations and records are kept below it. */
  readonly dataDir: string;
  /** @default the MTU of the host's uplink */
  readonly mtu?: number;
  readonly log?: Log;
}

/** A pod's sandbox as the network sees it. */
export interface PodNetworkTarget {
  readonly containerId: string;
  /** `/proc/<pid>/ns/net`; empty once the sandbox is dead. */
  readonly netns: string;
  readonly namespace: string;
  readonly name: string;
  readonly uid: string;
}

export interface PodNetwork {
  /** Gives the sandbox its interface and address. Undoes its own half-done work when it fails. Rejects with a CniError. */
  add(target: PodNetworkTarget, portMappings: readonly PortMapping[]): Promise<{ ip: string }>;
  /** Takes it away again; nothing there is no error. */
  del(target: Pick<PodNetworkTarget, 'containerId' | 'netns'> & Partial<PodNetworkTarget>): Promise<void>;
  /** The address that an earlier ADD gave, undefined when there was none. */
  address(containerId: string): Promise<string | undefined>;
  /** Rejects when the interface or the address is no longer what ADD made. */
  check(target: PodNetworkTarget): Promise<void>;
  /** Gives back what sandboxes that are not among `live` still hold, and guards the ports of those that are. Resolves with the ids of the former. */
  releaseLeaked(live: ReadonlySet<string>): Promise<string[]>;
  /** Writes the rules of pods' ports again, when another program may have removed them. Never rejects. */
  reguard(): Promise<void>;
}

/** 0.4.0 is what every release of the plugins since 2019 speaks, and the first with CHECK. */
const CNI_VERSION = '0.4.0';
const INTERFACE = 'eth0';

/**
 * The pod network by the containernetworking plugins: bridge with host-local addresses, portmap for host ports.
 * ipMasq is off: the proxy masquerades what leaves the cluster network, once for all pods.
 */
export function createPodNetwork(options: PodNetworkOptions): PodNetwork {
  return new CniNetwork(options);
}

class CniNetwork implements PodNetwork {
  readonly #options: PodNetworkOptions;
  readonly #records: AttachmentRecords;
  readonly #ipamDir: string;
  readonly #guard: PortGuard;
  #mtu: number | undefined;

  constructor(options: PodNetworkOptions) {
    this.#options = options;
    this.#records = new AttachmentRecords(join(options.dataDir, 'attachments'));
    this.#ipamDir = join(options.dataDir, 'ipam');
    this.#mtu = options.mtu;
    this.#guard = new PortGuard(options.bridge, options.log);
  }

  async add(target: PodNetworkTarget, portMappings: readonly PortMapping[]): Promise<{ ip: string }> {
    const at = attachment(target);
    // Before anything is claimed: whoever finds the record knows that there may be something to give back.
    await this.#records.write({ containerId: target.containerId, portMappings });
    try {
      const [result] = await Promise.all([this.#run('ADD', await this.#bridge(), at), this.#bringUpLoopback(at)]);
      if (portMappings.length > 0) await this.#run('ADD', this.#portmap(portMappings, result!), at);
      const ip = addressOf(result!);
      if (ip === undefined) throw new CniError('plugin type="bridge" failed (add): the result holds no address');
      // Nothing of the pod runs yet: it never sends what is not its own.
      await Promise.all([
        this.#records.write({ containerId: target.containerId, portMappings, result: result! }),
        this.#guard.keep([[target.containerId, result]]),
      ]);
      return { ip };
    } catch (error) {
      await this.del(target).catch(() => undefined);
      throw error;
    }
  }

  async del(target: Pick<PodNetworkTarget, 'containerId' | 'netns'> & Partial<PodNetworkTarget>): Promise<void> {
    const at = attachment(target);
    const record = await this.#records.read(target.containerId);
    if (record === undefined && !(await this.#isReserved(target.containerId))) return;
    if ((record?.portMappings.length ?? 0) > 0) await this.#run('DEL', this.#portmap(record!.portMappings, record?.result), at);
    await this.#run('DEL', { ...(await this.#bridge()), ...(record?.result && { prevResult: record.result }) }, at);
    this.#guard.forget(target.containerId);
    await this.#records.remove(target.containerId);
  }

  async address(containerId: string): Promise<string | undefined> {
    const record = await this.#records.read(containerId);
    return record?.result === undefined ? undefined : addressOf(record.result);
  }

  async check(target: PodNetworkTarget): Promise<void> {
    const record = await this.#records.read(target.containerId);
    if (record?.result === undefined) throw new CniError(`sandbox ${target.containerId} was never attached to the pod network`);
    // Not portmap's: it looks for its chain in IPv6 tables also when the pod has no IPv6 address, and fails.
    await this.#run('CHECK', { ...(await this.#bridge()), prevResult: record.result }, attachment(target));
  }

  async releaseLeaked(live: ReadonlySet<string>): Promise<string[]> {
    const reserved = await listReservations(this.#ipamDir, this.#options.bridge);
    const held = new Set([...reserved.map((one) => one.containerId), ...(await this.#records.list())]);
    const released: string[] = [];
    for (const containerId of held) {
      if (live.has(containerId)) continue;
      await this.del({ containerId, netns: '' });
      released.push(containerId);
    }
    // A start of the daemon, maybe of one that knew nothing of guards.
    await this.#guard.keep(await Promise.all([...live].map(async (id) => [id, (await this.#records.read(id))?.result] as const)));
    return released;
  }

  reguard(): Promise<void> {
    return this.#guard.keep([]);
  }

  /** Records come before reservations and go after them, but a user may have deleted one. */
  async #isReserved(containerId: string): Promise<boolean> {
    const reserved = await listReservations(this.#ipamDir, this.#options.bridge);
    return reserved.some((one) => one.containerId === containerId);
  }

  #run(command: 'ADD' | 'DEL' | 'CHECK', config: CniConfig, at: CniAttachment): Promise<CniResult | undefined> {
    return runPlugin(this.#options.pluginDirs, command, config, at);
  }

  /** runc brings lo up in a namespace that it makes; the plugin is for engines that leave it down. */
  async #bringUpLoopback(at: CniAttachment): Promise<void> {
    const local = await readFile(at.netns.replace(/\/ns\/net$/, '/net/fib_trie'), 'utf8').catch(() => '');
    if (local.includes('127.0.0.1')) return;
    const config = { cniVersion: CNI_VERSION, name: 'loopback', type: 'loopback' };
    await this.#run('ADD', config, { ...at, interfaceName: 'lo' });
  }

  async #bridge() {
    const { bridge, podCIDR } = this.#options;
    this.#mtu ??= await uplinkMtu();
    return {
      cniVersion: CNI_VERSION,
      name: bridge,
      type: 'bridge',
      bridge,
      isGateway: true,
      // A bridge left from another pod network gets the new gateway's address.
      forceAddress: true,
      hairpinMode: true,
      ipMasq: false,
      mtu: this.#mtu,
      ipam: {
        type: 'host-local',
        ranges: [[{ subnet: podCIDR }]],
        routes: [{ dst: '0.0.0.0/0' }],
        dataDir: this.#ipamDir,
      },
    };
  }

  #portmap(portMappings: readonly PortMapping[], prevResult: CniResult | undefined) {
    return {
      cniVersion: CNI_VERSION,
      name: this.#options.bridge,
      type: 'portmap',
      snat: true,
      capabilities: { portMappings: true },
      runtimeConfig: { portMappings },
      ...(prevResult === undefined ? {} : { prevResult }),
    };
  }
}

function attachment(target: Pick<PodNetworkTarget, 'containerId' | 'netns'> & Partial<PodNetworkTarget>): CniAttachment {
  return {
    containerId: target.containerId,
    netns: target.netns,
    interfaceName: INTERFACE,
    args: {
      IgnoreUnknown: '1',
      ...(target.namespace === undefined ? {} : { K8S_POD_NAMESPACE: target.namespace }),
      ...(target.name === undefined ? {} : { K8S_POD_NAME: target.name }),
      ...(target.uid === undefined ? {} : { K8S_POD_UID: target.uid }),
      K8S_POD_INFRA_CONTAINER_ID: target.containerId,
    },
  };
}

const addressOf = (result: CniResult): string | undefined => result.ips?.[0]?.address.split('/', 1)[0];
