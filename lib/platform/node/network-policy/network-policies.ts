import type { KubeObject } from '../../api/meta.ts';
import { type LabelSelectorObject, labelSelectorMatcher } from '../../api/selectors/label-selector.ts';
import { type NamespaceView, type NetworkPod } from './pod-network.ts';

/** networking.k8s.io/v1 NetworkPolicyPeer. */
export interface Peer {
  readonly podSelector?: LabelSelectorObject;
  readonly namespaceSelector?: LabelSelectorObject;
  readonly ipBlock?: { readonly cidr?: string; readonly except?: readonly string[] };
}

/** networking.k8s.io/v1 NetworkPolicyPort. */
export interface PolicyPort {
  readonly protocol?: string;
  readonly port?: number | string;
  readonly endPort?: number;
}

/** One line of what a policy allows; no peers: everybody, no ports: all. */
export interface PolicyRule {
  readonly peers: readonly Peer[];
  readonly ports: readonly PolicyPort[];
}

export type Direction = 'ingress' | 'egress';

/** What a policy says about one direction of its pods' traffic. */
export interface DirectedPolicy {
  readonly namespace: string;
  readonly name: string;
  readonly selects: (pod: NetworkPod) => boolean;
  readonly rules: readonly PolicyRule[];
}

/** The policies that limit a direction. Without policyTypes a policy limits what comes in, and what goes out when it says something of that. */
export function directedPolicies(policies: readonly KubeObject[], direction: Direction): DirectedPolicy[] {
  return policies
    .filter(({ spec }) => typesOf(spec ?? {}).includes(direction))
    .map(({ metadata, spec = {} }) => {
      const namespace = metadata.namespace ?? '';
      const matches = labelSelectorMatcher((spec.podSelector ?? {}) as LabelSelectorObject);
      const rules = (spec[direction] ?? []) as { ports?: PolicyPort[]; from?: Peer[]; to?: Peer[] }[];
      return {
        namespace,
        name: metadata.name ?? '',
        selects: (pod: NetworkPod) => pod.namespace === namespace && matches(pod.labels),
        rules: rules.map(({ ports = [], from, to }) => ({ peers: (direction === 'ingress' ? from : to) ?? [], ports })),
      };
    })
    .sort((a, b) => (`${a.namespace}/${a.name}` < `${b.namespace}/${b.name}` ? -1 : 1));
}

function typesOf(spec: NonNullable<KubeObject['spec']>): Direction[] {
  const said = spec.policyTypes as readonly string[] | undefined;
  if (said !== undefined && said.length > 0) return said.map((type) => type.toLowerCase() as Direction);
  return (spec.egress ?? []).length > 0 ? ['ingress', 'egress'] : ['ingress'];
}

/** The pods that a peer of a policy in that namespace means. */
export function podsOfPeer(
  { podSelector, namespaceSelector }: Peer,
  namespace: string,
  pods: readonly NetworkPod[],
  namespaces: NamespaceView,
): NetworkPod[] {
  const pod = labelSelectorMatcher(podSelector ?? {});
  const within = namespaceSelector === undefined ? undefined : labelSelectorMatcher(namespaceSelector);
  return pods.filter((each) => {
    const inScope = within === undefined ? each.namespace === namespace : within(namespaces.labelsOf(each.namespace));
    return inScope && pod(each.labels);
  });
}
