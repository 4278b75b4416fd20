import type { Node, Pod } from '../core-types.ts';
import { objections } from './filters.ts';
import { type NodeInfo, nodeInfos } from './node-info.ts';
import { type NamespaceLabels, podAffinityCheck } from './pod-affinity.ts';
import { bestNode } from './scores.ts';
import { topologySpreadCheck } from './topology-spread.ts';

/** What a pod's volumes ask of its node: nothing can be done anywhere, or a check of one node. */
export type VolumeCheck = { readonly message: string } | { readonly check: (info: NodeInfo) => readonly string[] };

/** A node, or why there is none. */
export type Decision = { readonly nodeName: string } | { readonly message: string };

/** Chooses a node for the pod. Pure: what is not in the arguments does not count. */
export function schedule(
  pod: Pod,
  nodes: readonly Node[],
  placed: Iterable<{ pod: Pod; nodeName: string }>,
  namespaceLabels: NamespaceLabels = () => ({}),
  volumes?: VolumeCheck,
): Decision {
  if (nodes.length === 0) return { message: 'no nodes available to schedule pods' };
  if (volumes !== undefined && 'message' in volumes)
    return { message: `0/${nodes.length} nodes are available: ${volumes.message}.` };
  const reasons = new Map<string, number>();
  const feasible = [];
  const infos = [...nodeInfos(nodes, placed).values()];
  const between = [
    ...(volumes === undefined ? [] : [volumes.check]),
    topologySpreadCheck(pod, infos),
    podAffinityCheck(pod, infos, namespaceLabels),
  ];
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
