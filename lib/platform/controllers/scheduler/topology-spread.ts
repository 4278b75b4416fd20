import type { Pod, TopologySpreadConstraint } from '../core-types.ts';
import { selects } from '../label-selector.ts';
import { matchesNode } from './node-affinity.ts';
import type { NodeInfo } from './node-info.ts';

type Check = (info: NodeInfo) => readonly string[];

const UNEVEN = ["node(s) didn't match pod topology spread constraints"];
const NO_LABEL = ["node(s) didn't match pod topology spread constraints (missing required label)"];

/**
 * Constraints that forbid an uneven spread (kubernetes plugins/podtopologyspread): counts over all nodes once, and gives the
 * check of one node. Only nodes that the pod could go to by its node affinity count.
 */
export function topologySpreadCheck(pod: Pod, infos: readonly NodeInfo[]): Check {
  const constraints = (pod.spec.topologySpreadConstraints ?? []).filter((one) => one.whenUnsatisfiable === 'DoNotSchedule');
  if (constraints.length === 0) return () => [];
  const eligible = infos.filter(
    (info) => matchesNode(pod, info.node) && constraints.every(({ topologyKey }) => domainOf(topologyKey, info) !== undefined),
  );
  const checks = constraints.map((constraint) => constraintCheck(constraint, pod, eligible));
  return (info) => checks.map((check) => check(info)).find((reasons) => reasons.length > 0) ?? [];
}

function constraintCheck(constraint: TopologySpreadConstraint, pod: Pod, eligible: readonly NodeInfo[]): Check {
  const { topologyKey, labelSelector, maxSkew, minDomains = 1 } = constraint;
  const counts = new Map<string, number>();
  for (const info of eligible) {
    const domain = domainOf(topologyKey, info)!;
    const matching = info.pods.filter(
      ({ metadata }) =>
        metadata.namespace === pod.metadata.namespace &&
        metadata.deletionTimestamp === undefined &&
        selects(labelSelector, metadata.labels),
    );
    counts.set(domain, (counts.get(domain) ?? 0) + matching.length);
  }
  const least = counts.size < minDomains ? 0 : Math.min(...counts.values());
  const itself = selects(labelSelector, pod.metadata.labels) ? 1 : 0;
  return (info) => {
    const domain = domainOf(topologyKey, info);
    if (domain === undefined) return NO_LABEL;
    return (counts.get(domain) ?? 0) + itself - least > maxSkew ? UNEVEN : [];
  };
}

const domainOf = (topologyKey: string, { node }: NodeInfo): string | undefined => {
  const labels = node.metadata.labels ?? {};
  return Object.hasOwn(labels, topologyKey) ? labels[topologyKey] : undefined;
};
