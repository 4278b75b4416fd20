import type { Node, Pod } from '../core-types.ts';
import { objections } from './filters.ts';
import { nodeInfos } from './node-info.ts';
import { bestNode } from './scores.ts';

/** A node, or why there is none. */
export type Decision = { readonly nodeName: string } | { readonly message: string };

/** Chooses a node for the pod. Pure: what is not in the arguments does not count. */
export function schedule(pod: Pod, nodes: readonly Node[], placed: Iterable<{ pod: Pod; nodeName: string }>): Decision {
  if (nodes.length === 0) return { message: 'no nodes available to schedule pods' };
  const reasons = new Map<string, number>();
  const feasible = [];
  for (const info of nodeInfos(nodes, placed).values()) {
    const against = objections(pod, info);
    if (against.length === 0) feasible.push(info);
    for (const reason of against) reasons.set(reason, (reasons.get(reason) ?? 0) + 1);
  }
  const best = bestNode(pod, feasible);
  if (best !== undefined) return { nodeName: best.node.metadata.name! };
  const texts = [...reasons].map(([reason, count]) => `${count} ${reason}`).toSorted();
  return { message: `0/${nodes.length} nodes are available: ${texts.join(', ')}.` };
}
