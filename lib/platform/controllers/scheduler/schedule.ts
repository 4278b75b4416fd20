import type { Node, Pod } from '../core-types.ts';
import { objections } from './filters.ts';
import { nodeInfos } from './node-info.ts';
import { type NamespaceLabels, podAffinityCheck } from './pod-affinity.ts';
import { bestNode } from './scores.ts';
import { topologySpreadCheck } from './topology-spread.ts';

/** A node, or why there is none. */
export type Decision = { readonly nodeName: string } | { readonly message: string };

/** Chooses a node for the pod. Pure: what is not in the arguments does not count. */
export function schedule(
  pod: Pod,
  nodes: readonly Node[],
  placed: Iterable<{ pod: Pod; nodeName: string }>,
  namespaceLabels: NamespaceLabels = () => ({}),
): Decision {
  if (nodes.length === 0) return { message: 'no nodes available to schedule pods' };
  const reasons = new Map<string, number>();
  const feasible = [];
  const infos = [...nodeInfos(nodes, placed).values()];
  const between = [topologySpreadCheck(pod, infos), podAffinityCheck(pod, infos, namespaceLabels)];
  for (const info of infos) {
    let against = objections(pod, info);
    for (const check of between) if (against.length === 0) against = check(info);
    if (against.length === 0) feasible.push(info);
    for (const reason of against) reasons.set(reason, (reasons.get(reason) ?? 0) + 1);
  }
  const best = bestNode(pod, feasible);
  if (best !== undefined) return { nodeName: best.node.metadata.name! };
  const texts = [...reasons].map(([reason, count]) => `${count} ${reason}`).toSorted();
  return { message: `0/${nodes.length} nodes are available: ${texts.join(', ')}.` };
}
