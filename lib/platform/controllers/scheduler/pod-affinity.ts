import type { Pod, PodAffinityTerm } from '../core-types.ts';
import { selects } from '../label-selector.ts';
import type { NodeInfo } from './node-info.ts';

/** Labels of a namespace, for terms that choose namespaces by them. */
export type NamespaceLabels = (namespace: string) => Readonly<Record<string, string>>;

type Check = (info: NodeInfo) => readonly string[];

const NO_AFFINITY = ["node(s) didn't match pod affinity rules"];
const ANTI_AFFINITY = ["node(s) didn't match pod anti-affinity rules"];
const EXISTING_ANTI_AFFINITY = ["node(s) didn't satisfy existing pods anti-affinity rules"];

const required = (pod: Pod, kind: 'podAffinity' | 'podAntiAffinity'): readonly PodAffinityTerm[] =>
  pod.spec.affinity?.[kind]?.requiredDuringSchedulingIgnoredDuringExecution ?? [];

/**
 * Required affinity and anti-affinity between pods (kubernetes plugins/interpodaffinity): counts over all nodes once, and
 * gives the check of one node.
 */
export function podAffinityCheck(pod: Pod, infos: readonly NodeInfo[], namespaceLabels: NamespaceLabels): Check {
  const wanted = required(pod, 'podAffinity');
  const avoided = required(pod, 'podAntiAffinity');
  const matchesAll = (other: Pod): boolean => wanted.every((term) => termMatches(term, pod, other, namespaceLabels));
  const near = new Domains();
  const far = new Domains();
  const guarded = new Domains();
  for (const info of infos)
    for (const other of info.pods) {
      if (wanted.length > 0 && matchesAll(other)) for (const term of wanted) near.add(term, info);
      for (const term of avoided) if (termMatches(term, pod, other, namespaceLabels)) far.add(term, info);
      for (const term of required(other, 'podAntiAffinity'))
        if (termMatches(term, other, pod, namespaceLabels)) guarded.add(term, info);
    }
  // The first of a group that wants to be together has nobody to be with yet.
  const isFirst = near.isEmpty() && matchesAll(pod);
  return (info) => {
    const placeable = wanted.every((term) => topology(term, info) !== undefined && (isFirst || near.has(term, info)));
    if (!placeable) return NO_AFFINITY;
    if (avoided.some((term) => far.has(term, info))) return ANTI_AFFINITY;
    return guarded.touches(info) ? EXISTING_ANTI_AFFINITY : [];
  };
}

/** Whether a term of `owner` speaks of `other`. */
function termMatches(term: PodAffinityTerm, owner: Pod, other: Pod, namespaceLabels: NamespaceLabels): boolean {
  const { namespaces = [], namespaceSelector, labelSelector } = term;
  const { namespace } = other.metadata;
  const here =
    namespaces.length === 0 && namespaceSelector === undefined
      ? namespace === owner.metadata.namespace
      : namespaces.includes(namespace!) || selects(namespaceSelector, namespaceLabels(namespace!));
  return here && selects(labelSelector, other.metadata.labels);
}

const topology = ({ topologyKey }: PodAffinityTerm, { node }: NodeInfo): string | undefined => {
  const labels = node.metadata.labels ?? {};
  return Object.hasOwn(labels, topologyKey) ? labels[topologyKey] : undefined;
};

/** Values of topology keys at which matching pods were found. */
class Domains {
  readonly #values = new Map<string, Set<string>>();

  add(term: PodAffinityTerm, info: NodeInfo): void {
    const value = topology(term, info);
    if (value === undefined) return;
    const values = this.#values.get(term.topologyKey);
    if (values === undefined) this.#values.set(term.topologyKey, new Set([value]));
    else values.add(value);
  }

  has(term: PodAffinityTerm, info: NodeInfo): boolean {
    const value = topology(term, info);
    return value !== undefined && this.#values.get(term.topologyKey)?.has(value) === true;
  }

  touches(info: NodeInfo): boolean {
    return [...this.#values.keys()].some((topologyKey) => this.has({ topologyKey }, info));
  }

  isEmpty(): boolean {
    return this.#values.size === 0;
  }
}
