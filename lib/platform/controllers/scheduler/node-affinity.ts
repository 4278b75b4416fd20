import { matchesNodeSelector, matchesNodeSelectorTerm } from '../../api/selectors/node-selector.ts';
import type { Node, NodeSelectorTerm, Pod } from '../core-types.ts';
import { hasLabels } from '../core-types.ts';

const facts = ({ metadata }: Node) => ({ name: metadata.name!, labels: metadata.labels });

/** Whether the node has what the pod's nodeSelector and required node affinity ask for. */
export function matchesNode(pod: Pod, node: Node): boolean {
  if (!hasLabels(node.metadata.labels, pod.spec.nodeSelector ?? {})) return false;
  const required = pod.spec.affinity?.nodeAffinity?.requiredDuringSchedulingIgnoredDuringExecution;
  return required === undefined || matchesNodeSelector(required.nodeSelectorTerms, facts(node));
}

/** Whether the node is as one term of a selector wants it. */
export const matchesTerm = (term: NodeSelectorTerm, node: Node): boolean => matchesNodeSelectorTerm(term, facts(node));
