import type { Node, NodeSelectorTerm, Pod, SelectorRequirement } from '../core-types.ts';
import { hasLabels } from '../core-types.ts';
import { meets } from '../label-selector.ts';

/** Whether the node has what the pod's nodeSelector and required node affinity ask for. */
export function matchesNode(pod: Pod, node: Node): boolean {
  if (!hasLabels(node.metadata.labels, pod.spec.nodeSelector ?? {})) return false;
  const required = pod.spec.affinity?.nodeAffinity?.requiredDuringSchedulingIgnoredDuringExecution;
  if (required === undefined) return true;
  return (required.nodeSelectorTerms ?? []).some((term) => matchesTerm(term, node));
}

/** Terms are alternatives, their requirements all count; a term without any matches nothing. */
export function matchesTerm(term: NodeSelectorTerm, node: Node): boolean {
  const { matchExpressions = [], matchFields = [] } = term;
  if (matchExpressions.length === 0 && matchFields.length === 0) return false;
  const labels = node.metadata.labels ?? {};
  const fields = { 'metadata.name': node.metadata.name! };
  return matchExpressions.every((one) => matches(one, labels)) && matchFields.every((one) => matches(one, fields));
}

/** A node selector knows two operators more than a label selector. */
function matches(requirement: SelectorRequirement, labels: Readonly<Record<string, string>>): boolean {
  const { key, operator, values: [bound] = [] } = requirement;
  if (operator !== 'Gt' && operator !== 'Lt') return meets(requirement, labels);
  const value = Object.hasOwn(labels, key) ? labels[key] : undefined;
  if (!isInteger(value) || !isInteger(bound)) return false;
  return operator === 'Gt' ? Number(value) > Number(bound) : Number(value) < Number(bound);
}

const isInteger = (text: string | undefined): boolean => text !== undefined && /^[+-]?\d+$/.test(text);
