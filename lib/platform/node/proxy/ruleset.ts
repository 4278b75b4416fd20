import { createHash } from 'node:crypto';
import { parseCidr } from '../../../common/cidr.ts';
import { connectionLimits } from './connection-limits.ts';
import type { PolicyRuleset } from '../network-policy/policy-ruleset.ts';
import { inCidr, PROTOCOLS, type Protocol, type ServiceEndpoint, type ServicePort } from './service-ports.ts';

/** What our nftables table should hold. Keys are names in the table; rules and elements are in nft's own syntax. */
export interface Ruleset {
  readonly table: string;
  readonly chains: ReadonlyMap<string, Chain>;
  readonly sets: ReadonlyMap<string, NamedSet>;
}

export interface Chain {
  /** `type nat hook prerouting priority -105` for a base chain. */
  readonly hook?: string;
  readonly rules: readonly string[];
}

export interface NamedSet {
  readonly kind: 'set' | 'map';
  /** `type ipv4_addr . inet_service : verdict` */
  readonly declaration: string;
  /** Verdict by key, '' in plain sets. undefined: the kernel itself fills it (session affinity), so it is never touched. */
  readonly elements: ReadonlyMap<string, string> | undefined;
}

export interface RulesetSettings {
  readonly table: string;
  readonly bridge: string;
  readonly podCIDR: string;
  readonly clusterCIDR: string;
  readonly serviceCIDR: string;
  /** Whether bridged frames pass through the IP hooks (br_netfilter). Without it the source of pod-to-service traffic is rewritten. */
  readonly bridgeNetfilter: boolean;
  /** Whether the kernel can limit a client's connections. */
  readonly limitConnections: boolean;
}

/** Set on packets that must leave with our address, and taken off again when they do. As in kube-proxy. */
const MASQUERADE_MARK = 0x4000;
const MARK = `meta mark set meta mark or ${hex(MASQUERADE_MARK)}`;
const UNMARK = `meta mark set meta mark and ${hex(0xffffffff ^ MASQUERADE_MARK)}`;

function hex(value: number): string {
  return `0x${(value >>> 0).toString(16)}`;
}

/** Names are hashes, since the kernel limits their length; comments say what they are. */
const hash = (text: string): string => createHash('sha256').update(text).digest('hex').slice(0, 16);
const comment = (text: string): string => `comment "${text.replaceAll(/[^a-zA-Z0-9./:_-]/g, '_').slice(0, 120)}"`;

/** The whole table for these service ports, and for what policies say of forwarded packets. Pure: the same input gives the same text. */
export function buildRuleset(ports: readonly ServicePort[], settings: RulesetSettings, policies?: PolicyRuleset): Ruleset {
  const limits = settings.limitConnections ? connectionLimits(ports) : undefined;
  const chains = new Map<string, Chain>([
    ...Object.entries(baseChains(settings)),
    ...(policies?.chains ?? []),
    ...(limits?.chains ?? []),
  ]);
  const sets = new Map<string, NamedSet>([...(policies?.sets ?? []), ...(limits?.sets ?? [])]);
  if (policies !== undefined)
    chains.set('filter-forward', {
      ...chains.get('filter-forward'),
      rules: [...chains.get('filter-forward')!.rules, 'jump network-policies'],
    });
  const elements = new Map<string, Map<string, string>>();
  const declare = (name: string, kind: 'set' | 'map', declaration: string): void => {
    const own = new Map<string, string>();
    elements.set(name, own);
    sets.set(name, { kind, declaration, elements: own });
  };
  declare('hairpin', 'set', 'type ipv4_addr . ipv4_addr');
  for (const protocol of PROTOCOLS) {
    declare(`services-${protocol}`, 'map', 'type ipv4_addr . inet_service : verdict');
    declare(`node-ports-${protocol}`, 'map', 'type inet_service : verdict');
    declare(`unserved-${protocol}`, 'set', 'type ipv4_addr . inet_service');
    declare(`unserved-node-ports-${protocol}`, 'set', 'type inet_service');
  }
  // The first owner of an address and port keeps it, as two elements of one key are an error that would stop all changes.
  const put = (set: string, key: string, verdict: string): void => {
    const own = elements.get(set)!;
    if (!own.has(key)) own.set(key, verdict);
  };
  const cluster = parseCidr(settings.clusterCIDR);
  for (const port of ports) {
    const { protocol } = port;
    const id = hash(port.key);
    if (port.endpoints.length === 0) {
      for (const ip of port.externalIPs) put(`unserved-${protocol}`, `${ip} . ${port.port}`, '');
      if (port.nodePort !== undefined) put(`unserved-node-ports-${protocol}`, String(port.nodePort), '');
      continue;
    }
    for (const { ip } of port.endpoints) if (cluster !== undefined && inCidr(cluster, ip)) put('hairpin', `${ip} . ${ip}`, '');
    addServiceChains(chains, sets, port, id, settings);
    const inside = port.internalLocal ? `svcl-${id}` : `svc-${id}`;
    for (const ip of port.clusterIPs) put(`services-${protocol}`, `${ip} . ${port.port}`, `goto ${inside}`);
    for (const ip of port.externalIPs) put(`services-${protocol}`, `${ip} . ${port.port}`, `goto ext-${id}`);
    if (port.nodePort !== undefined) put(`node-ports-${protocol}`, String(port.nodePort), `goto ext-${id}`);
  }
  return { table: settings.table, chains, sets };
}

function addServiceChains(
  chains: Map<string, Chain>,
  sets: Map<string, NamedSet>,
  port: ServicePort,
  id: string,
  settings: RulesetSettings,
): void {
  const about = comment(port.key);
  const endpointChain = (endpoint: ServiceEndpoint): string => `ep-${hash(`${port.key} ${endpoint.ip}:${endpoint.port}`)}`;
  const affinitySet = (endpoint: ServiceEndpoint): string =>
    `aff-${hash(`${port.key} ${endpoint.ip}:${endpoint.port} ${port.affinitySeconds}`)}`;
  for (const endpoint of port.endpoints) {
    const rules = [`meta l4proto ${port.protocol} dnat to ${endpoint.ip}:${endpoint.port} ${about}`];
    if (port.affinitySeconds !== undefined) {
      const declaration = `type ipv4_addr; flags dynamic,timeout; timeout ${port.affinitySeconds}s`;
      sets.set(affinitySet(endpoint), { kind: 'set', declaration, elements: undefined });
      rules.unshift(`update @${affinitySet(endpoint)} { ip saddr }`);
    }
    chains.set(endpointChain(endpoint), { rules });
  }
  const balance = (endpoints: readonly ServiceEndpoint[]): string[] => {
    if (endpoints.length === 0) return [`drop ${about}`];
    const sticky =
      port.affinitySeconds === undefined
        ? []
        : endpoints.map((endpoint) => `ip saddr @${affinitySet(endpoint)} goto ${endpointChain(endpoint)}`);
    const choice = endpoints.map((endpoint, index) => `${index} : goto ${endpointChain(endpoint)}`).join(', ');
    return [...sticky, `numgen random mod ${endpoints.length} vmap { ${choice} } ${about}`];
  };
  chains.set(`svc-${id}`, { rules: balance(port.endpoints) });
  if (port.internalLocal || port.externalLocal)
    chains.set(`svcl-${id}`, { rules: balance(port.endpoints.filter((endpoint) => endpoint.local)) });
  if (port.externalIPs.length === 0 && port.nodePort === undefined) return;
  chains.set(`ext-${id}`, {
    rules: port.externalLocal
      ? [
          // Our own pods and processes are no outside: they may use any endpoint.
          `ip saddr ${settings.clusterCIDR} goto svc-${id}`,
          `fib saddr type local ${MARK}`,
          `fib saddr type local goto svc-${id}`,
          `goto svcl-${id}`,
        ]
      : [MARK, `goto svc-${id}`],
  });
}

function baseChains({ bridge, podCIDR, clusterCIDR, serviceCIDR, bridgeNetfilter }: RulesetSettings): Record<string, Chain> {
  const each = (rule: (protocol: Protocol) => string): string[] => PROTOCOLS.map(rule);
  // Resets, since the kernel sends only a few ICMP errors a second to any one client.
  const refuse = (protocol: Protocol): string => (protocol === 'tcp' ? 'reject with tcp reset' : 'reject');
  const unserved = each((protocol) => `ip daddr . ${protocol} dport @unserved-${protocol} ${refuse(protocol)}`);
  const toServices = [`ip daddr ${serviceCIDR} meta l4proto tcp reject with tcp reset`, `ip daddr ${serviceCIDR} reject`];
  return {
    // Just before Docker's own (-100 and 100): whoever rewrites a connection first decides, and node ports are reserved for us.
    'nat-prerouting': { hook: 'type nat hook prerouting priority -105', rules: ['jump services'] },
    'nat-output': { hook: 'type nat hook output priority -105', rules: ['jump services'] },
    services: {
      rules: [
        // Endpoints elsewhere would answer to an address that is not theirs to reach.
        `ip daddr ${serviceCIDR} ip saddr != ${clusterCIDR} ${MARK}`,
        ...each((protocol) => `ip daddr . ${protocol} dport vmap @services-${protocol}`),
        ...each((protocol) => `fib daddr type local ${protocol} dport vmap @node-ports-${protocol}`),
      ],
    },
    'nat-postrouting': {
      hook: 'type nat hook postrouting priority 95',
      rules: [
        `meta mark and ${hex(MASQUERADE_MARK)} != 0 ${UNMARK} masquerade fully-random`,
        // A pod that reaches itself through a service must see another address than its own.
        'ip saddr . ip daddr @hairpin masquerade',
        // Without br_netfilter an answer between two pods of the bridge would not pass through here again.
        ...(bridgeNetfilter ? [] : [`ct status dnat ip saddr ${podCIDR} ip daddr ${podCIDR} masquerade`]),
        `ip saddr ${podCIDR} ip daddr != { ${clusterCIDR}, 224.0.0.0/4 } oifname != { "lo", "${bridge}" } masquerade fully-random`,
      ],
    },
    // Loopback node ports need route_localnet on the bridge. No packet on a wire may ever be for the loopback, or from it, all the same.
    raw: {
      hook: 'type filter hook prerouting priority -300',
      rules: ['daddr', 'saddr'].map((side) => `iifname "${bridge}" ip ${side} 127.0.0.0/8 drop`),
    },
    // What still is for a service address here has no endpoint, no such port or no such service: say so, instead of sending it away.
    'filter-input': {
      hook: 'type filter hook input priority -10',
      rules: [
        ...unserved,
        ...each((protocol) => `fib daddr type local ${protocol} dport @unserved-node-ports-${protocol} ${refuse(protocol)}`),
      ],
    },
    'filter-forward': {
      hook: 'type filter hook forward priority -10',
      rules: [
        // An answer that conntrack does not know goes out with the endpoint's address, and the client would reset the connection.
        `ip saddr ${podCIDR} ct state invalid drop`,
        ...toServices,
        ...unserved,
      ],
    },
    'filter-output': { hook: 'type filter hook output priority -10', rules: [...toServices, ...unserved] },
  };
}
