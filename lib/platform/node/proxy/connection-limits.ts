import { createHash } from 'node:crypto';
import type { ProxyHost } from './proxy-host.ts';
import type { Chain, NamedSet } from './ruleset.ts';
import type { ServicePort } from './service-ports.ts';

/** Clients that are counted at one time. Of more than these some are not. */
const CLIENTS = 65_535;
/** Behind conntrack, which knows what is new, and before addresses are rewritten. */
const HOOK = 'type filter hook prerouting priority -150';
const REFUSED = 'reject with tcp reset';

/** Chain and sets beside those of services. */
export interface LimitRuleset {
  readonly chains: ReadonlyMap<string, Chain>;
  readonly sets: ReadonlyMap<string, NamedSet>;
}

/**
 * Refuses connections beyond those that a service lets one client have, by whichever of its addresses, or its endpoints'. Before addresses are rewritten:
 * the kernel answers for a bridge's port as what it sees (nf_send_reset), and nobody would take an endpoint's reset for the service's. What the machine itself
 * sends does not come by here, and is not counted. The kernel counts (nft(8): CONNLIMIT EXPRESSION). Pure: the same input gives the same text.
 */
export function connectionLimits(ports: readonly ServicePort[]): LimitRuleset {
  const sets = new Map<string, NamedSet>();
  const rules: string[] = [];
  for (const { key, protocol, port, perClient, clusterIPs, externalIPs, nodePort, endpoints } of ports) {
    if (perClient === undefined || protocol !== 'tcp' || endpoints.length === 0) continue;
    const clients = `clients-${createHash('sha256').update(`${key} ${perClient}`).digest('hex').slice(0, 16)}`;
    sets.set(clients, { kind: 'set', declaration: `type ipv4_addr; flags dynamic; size ${CLIENTS}`, elements: undefined });
    const limit = `add @${clients} { ip saddr ct count over ${perClient} } ${REFUSED}`;
    for (const ip of [...clusterIPs, ...externalIPs]) rules.push(`ip daddr ${ip} tcp dport ${port} ${limit}`);
    for (const endpoint of endpoints) rules.push(`ip daddr ${endpoint.ip} tcp dport ${endpoint.port} ${limit}`);
    if (nodePort !== undefined) rules.push(`fib daddr type local tcp dport ${nodePort} ${limit}`);
  }
  const chain: Chain = { hook: HOOK, rules: ['ct state != new accept', ...rules] };
  return { chains: new Map(rules.length === 0 ? [] : [['connection-limits', chain]]), sets };
}

/** Whether the kernel can: counting is a module (nft_connlimit), and answering before addresses are rewritten new in Linux 5.9. Changes nothing. */
export async function canLimitConnections(host: ProxyHost): Promise<boolean> {
  const script = [
    'add table ip openshift-probe',
    'add set ip openshift-probe clients { type ipv4_addr; flags dynamic; size 1; }',
    `add chain ip openshift-probe limits { ${HOOK}; }`,
    `add rule ip openshift-probe limits ct state new add @clients { ip saddr ct count over 1 } ${REFUSED}`,
    '',
  ].join('\n');
  return (await host.run('nft', ['--check', '-f', '-'], script)).code === 0;
}
