import { createHash } from 'node:crypto';
import type { KubeObject } from '../../api/meta.ts';
import type { Chain, NamedSet } from '../proxy/ruleset.ts';
import {
  directedPolicies,
  type DirectedPolicy,
  type Direction,
  podsOfPeer,
  type Peer,
  type PolicyPort,
} from './network-policies.ts';
import { ipv4Block, namespaceView, type NamespaceView, networkPods, type NetworkPod, protocolOf } from './pod-network.ts';

/** What decides which pods of this node may speak to each other. */
export interface PolicySources {
  /** This node's. */
  readonly pods: readonly KubeObject[];
  readonly namespaces: readonly KubeObject[];
  readonly policies: readonly KubeObject[];
  /** Whether projects are kept apart where no policy says anything. */
  readonly isolateProjects: boolean;
  readonly podCIDR: string;
  readonly clusterCIDR: string;
}

/** Chains and sets beside those of services. `network-policies` is the chain that forwarded packets go through. */
export interface PolicyRuleset {
  readonly chains: ReadonlyMap<string, Chain>;
  readonly sets: ReadonlyMap<string, NamedSet>;
}

/** Names are hashes, since the kernel limits their length. */
const hash = (value: unknown): string => createHash('sha256').update(JSON.stringify(value)).digest('hex').slice(0, 16);

const SIDES = { ingress: { peer: 'saddr', own: 'daddr' }, egress: { peer: 'daddr', own: 'saddr' } } as const;

/**
 * NetworkPolicies as rules for packets that are forwarded, behind the rewriting of service addresses. A pod that policies select in a direction may do what one
 * of them allows. With `isolateProjects`, one that none selects for what comes in is reached from its own project's network, from the global
 * one and from what is no pod. Pure: the same input gives the same text.
 */
export function policyRuleset(sources: PolicySources): PolicyRuleset {
  return new Builder(sources).build();
}

class Builder {
  readonly #sources: PolicySources;
  readonly #pods: readonly NetworkPod[];
  readonly #namespaces: NamespaceView;
  readonly #chains = new Map<string, Chain>();
  readonly #sets = new Map<string, NamedSet>();

  constructor(sources: PolicySources) {
    this.#sources = sources;
    this.#pods = networkPods(sources.pods, sources.podCIDR);
    this.#namespaces = namespaceView(sources.namespaces);
  }

  build(): PolicyRuleset {
    const { podCIDR, isolateProjects } = this.#sources;
    this.#verdicts('ingress');
    this.#verdicts('egress');
    this.#set(
      'pods',
      'type ipv4_addr',
      this.#pods.map(({ ip }) => ip),
    );
    const rules = [
      'ct state { established, related } return',
      // Whose an address is that no pod is known by yet, nobody can say.
      ...(isolateProjects ? [`ip saddr ${podCIDR} ip daddr ${podCIDR} ip daddr != @pods drop`] : []),
      // A pod always reaches itself, through a service too.
      'ip saddr . ip daddr @hairpin return',
      'ip daddr vmap @policy-ingress',
      'ip saddr vmap @policy-egress',
    ];
    this.#chains.set('network-policies', { rules });
    return { chains: this.#chains, sets: this.#sets };
  }

  #verdicts(direction: Direction): void {
    const policies = directedPolicies(this.#sources.policies, direction);
    const elements = new Map<string, string>();
    const groups = new Map<string, { policies: DirectedPolicy[]; pods: NetworkPod[] }>();
    for (const pod of this.#pods) {
      const selecting = policies.filter(({ selects }) => selects(pod));
      if (selecting.length > 0) {
        const key = `${direction}-${hash(selecting.map(({ namespace, name }) => [namespace, name]))}`;
        const group = groups.get(key) ?? { policies: selecting, pods: [] };
        groups.set(key, group);
        group.pods.push(pod);
        elements.set(pod.ip, `jump ${key}`);
      } else if (direction === 'ingress' && this.#sources.isolateProjects) {
        const network = this.#namespaces.networkOf(pod.namespace);
        if (network !== '') elements.set(pod.ip, `jump ${this.#projectChain(network)}`);
      }
    }
    for (const [key, { policies: selecting, pods }] of groups)
      this.#chains.set(key, { rules: [...selecting.flatMap((policy) => this.#allowed(policy, direction, pods)), 'drop'] });
    this.#sets.set(`policy-${direction}`, { kind: 'map', declaration: 'type ipv4_addr : verdict', elements });
  }

  /** The chain for pods of a project that nobody has written a policy for. */
  #projectChain(network: string): string {
    const name = `project-${hash(network)}`;
    if (this.#chains.has(name)) return name;
    const ofNetwork = (wanted: string): string =>
      this.#peerSet(
        ['network', wanted],
        this.#pods.filter(({ namespace }) => this.#namespaces.networkOf(namespace) === wanted),
      );
    this.#chains.set(name, {
      rules: [
        `ip saddr @${ofNetwork(network)} return`,
        `ip saddr @${ofNetwork('')} return`,
        `ip saddr != ${this.#sources.clusterCIDR} return`,
        'drop',
      ],
    });
    return name;
  }

  #allowed(policy: DirectedPolicy, direction: Direction, pods: readonly NetworkPod[]): string[] {
    return policy.rules.flatMap(({ peers, ports }) => {
      const from = peers.length === 0 ? [''] : peers.flatMap((peer) => this.#peer(peer, policy.namespace, direction) ?? []);
      const to = ports.length === 0 ? [''] : ports.flatMap((port) => this.#port(port, direction, pods) ?? []);
      return from.flatMap((peer) => to.map((port) => [peer, port, 'return'].filter((part) => part !== '').join(' ')));
    });
  }

  #peer(peer: Peer, namespace: string, direction: Direction): string | undefined {
    const side = `ip ${SIDES[direction].peer}`;
    if (peer.ipBlock !== undefined) {
      const cidr = ipv4Block(peer.ipBlock.cidr);
      if (cidr === undefined) return undefined;
      const holes = (peer.ipBlock.except ?? []).flatMap((hole) => ipv4Block(hole) ?? []);
      return [`${side} ${cidr}`, ...holes.map((hole) => `${side} != ${hole}`)].join(' ');
    }
    const { podSelector = null, namespaceSelector = null } = peer;
    const scope = namespaceSelector === null ? namespace : null;
    const pods = podsOfPeer(peer, namespace, this.#pods, this.#namespaces);
    return `${side} @${this.#peerSet([scope, podSelector, namespaceSelector], pods)}`;
  }

  /** A port by its name is another one on each pod. */
  #port({ protocol = 'TCP', port, endPort }: PolicyPort, direction: Direction, pods: readonly NetworkPod[]): string | undefined {
    const known = protocolOf(protocol);
    if (known === undefined) return undefined;
    if (port === undefined) return `meta l4proto ${known}`;
    if (typeof port === 'number')
      return Number.isInteger(port)
        ? `${known} dport ${endPort !== undefined && endPort > port ? `${port}-${endPort}` : port}`
        : undefined;
    const targets = direction === 'ingress' ? pods : this.#pods;
    const elements = targets.flatMap((pod) =>
      pod.ports.filter((each) => each.name === port && each.protocol === known).map((each) => `${pod.ip} . ${each.port}`),
    );
    const name = `ports-${hash([direction, known, port, direction === 'ingress' ? targets.map(({ ip }) => ip) : null])}`;
    this.#set(name, 'type ipv4_addr . inet_service', elements);
    return `ip daddr . ${known} dport @${name}`;
  }

  #peerSet(what: unknown, pods: readonly NetworkPod[]): string {
    const name = `peers-${hash(what)}`;
    this.#set(
      name,
      'type ipv4_addr',
      pods.map(({ ip }) => ip),
    );
    return name;
  }

  #set(name: string, declaration: string, keys: readonly string[]): void {
    this.#sets.set(name, { kind: 'set', declaration, elements: new Map(keys.map((key) => [key, ''])) });
  }
}
