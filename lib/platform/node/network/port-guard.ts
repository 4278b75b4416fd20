import { isIPv4 } from 'node:net';
import type { Log } from '../../../common/log.ts';
import { machineHost, type ProxyHost } from '../proxy/proxy-host.ts';
import { tableNameOf } from '../proxy/remove-rules.ts';
import type { CniResult } from './cni-plugin.ts';

/** A pod's port of the bridge, and who the pod is there. */
export interface GuardedPort {
  /** The host's end of the pod's interface: `veth1a2b3c4d`. */
  readonly port: string;
  readonly mac: string;
  readonly ip: string;
}

const PORT = /^[\w.-]{1,15}$/;
const MAC = /^(?:[0-9a-f]{2}:){5}[0-9a-f]{2}$/i;

/**
 * Lets pods send under their own addresses only. Programs of a pod, or of a build in it, may have the capability NET_RAW: without this they could answer for another
 * project's pod on the bridge, or send under the address of one that may. And rules about projects are about IPv4, as pods' addresses are; by IPv6, which each
 * interface gives itself an address for, all pods of a bridge would reach each other.
 */
export class PortGuard {
  readonly #bridge: string;
  readonly #host: ProxyHost;
  readonly #log: Log | undefined;
  /** By sandbox. */
  readonly #ports = new Map<string, GuardedPort>();
  #applying: Promise<void> = Promise.resolve();
  /** What waits for the one that is being written, and will write all that has changed until it begins. */
  #next: Promise<void> | undefined;
  #isTold = false;

  constructor(bridge: string, log?: Log, host: ProxyHost = machineHost()) {
    this.#bridge = bridge;
    this.#host = host;
    this.#log = log;
  }

  /** Resolves when the kernel knows. Never rejects: a kernel that cannot is said once, and pods run without. */
  keep(sandboxes: Iterable<readonly [string, CniResult | undefined]>): Promise<void> {
    for (const [id, result] of sandboxes) {
      const port = guardedPort(result);
      if (port !== undefined) this.#ports.set(id, port);
    }
    return this.#apply();
  }

  /** Its port went with the sandbox: the kernel is told with the next one. */
  forget(sandbox: string): void {
    this.#ports.delete(sandbox);
  }

  #apply(): Promise<void> {
    this.#next ??= this.#applying.then(async () => {
      this.#next = undefined;
      const { code, stderr } = await this.#host.run('nft', ['-f', '-'], guardScript(this.#bridge, [...this.#ports.values()]));
      if (code === 0 || this.#isTold) return;
      this.#isTold = true;
      this.#log?.error(
        { bridge: this.#bridge, error: stderr.trim().slice(0, 500) },
        'pods can send under the addresses of others, and speak IPv6 to all: nft refuses rules of the family bridge',
      );
    });
    this.#applying = this.#next;
    return this.#next;
  }
}

/** Who a sandbox is, by what the bridge plug-in has told; undefined when it does not say. */
export function guardedPort(result: CniResult | undefined): GuardedPort | undefined {
  const interfaces = (result?.['interfaces'] ?? []) as readonly { name?: string; mac?: string; sandbox?: string }[];
  const ip = result?.ips?.[0]?.address.split('/', 1)[0] ?? '';
  const mac = interfaces.find(({ sandbox }) => sandbox !== undefined && sandbox !== '')?.mac ?? '';
  // The bridge itself is told first.
  const port = interfaces.slice(1).find(({ sandbox }) => sandbox === undefined || sandbox === '')?.name ?? '';
  return PORT.test(port) && MAC.test(mac) && isIPv4(ip) ? { port, mac, ip } : undefined;
}

/** One transaction that makes the table hold these ports, whatever was in it. What comes in by others is nobody's concern here. */
export function guardScript(bridge: string, ports: readonly GuardedPort[]): string {
  const table = `bridge ${tableNameOf(bridge)}`;
  const elements = (texts: readonly string[]): string => (texts.length === 0 ? '' : ` elements = { ${texts.join(', ')} }`);
  return [
    `add table ${table}`,
    `delete table ${table}`,
    `table ${table} {`,
    `  set ports { type ifname;${elements(ports.map(({ port }) => `"${port}"`))} }`,
    `  set pods { type ifname . ether_addr . ipv4_addr;${elements(ports.map(({ port, mac, ip }) => `"${port}" . ${mac} . ${ip}`))} }`,
    '  chain ports {',
    '    type filter hook prerouting priority -400; policy accept;',
    '    iifname != @ports accept',
    '    ether type ip iifname . ether saddr . ip saddr @pods accept',
    '    ether type arp iifname . arp saddr ether . arp saddr ip @pods accept',
    '    drop',
    '  }',
    '}',
    '',
  ].join('\n');
}

/** Takes the rules away. None there is fine, and so is a kernel that has none of this family. */
export async function removePortGuard(bridge: string, host: ProxyHost = machineHost()): Promise<void> {
  const table = `bridge ${tableNameOf(bridge)}`;
  const { stdout } = await host.run('nft', ['list', 'tables', 'bridge']);
  if (!stdout.includes(`table ${table}\n`)) return;
  const { code, stderr } = await host.run('nft', ['delete', 'table', 'bridge', tableNameOf(bridge)]);
  if (code !== 0) throw new Error(`nft could not delete table ${table}: ${stderr.trim()}`);
}
