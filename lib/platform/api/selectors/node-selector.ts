import { meets } from './set-requirement.ts';

/** One requirement of core/v1 NodeSelectorTerm. */
export interface NodeSelectorRequirement {
  readonly key: string;
  readonly operator: string;
  readonly values?: readonly string[];
}

export interface NodeSelectorTerm {
  readonly matchExpressions?: readonly NodeSelectorRequirement[];
  readonly matchFields?: readonly NodeSelectorRequirement[];
}

type Labels = Readonly<Record<string, string>>;

/** Terms are alternatives; no term at all matches nothing. */
export const matchesNodeSelector = (
  terms: readonly NodeSelectorTerm[] | undefined,
  node: { readonly name: string; readonly labels: Labels | undefined },
): boolean => (terms ?? []).some((term) => matchesNodeSelectorTerm(term, node));

/** All requirements of a term count; a term without any matches nothing (component-helpers/scheduling/corev1/nodeaffinity). */
export function matchesNodeSelectorTerm(
  { matchExpressions = [], matchFields = [] }: NodeSelectorTerm,
  { name, labels = {} }: { readonly name: string; readonly labels: Labels | undefined },
): boolean {
  if (matchExpressions.length === 0 && matchFields.length === 0) return false;
  const fields = { 'metadata.name': name };
  return (
    matchExpressions.every((one) => meetsRequirement(one, labels)) && matchFields.every((one) => meetsRequirement(one, fields))
  );
}

function meetsRequirement(requirement: NodeSelectorRequirement, labels: Labels): boolean {
  const { key, operator, values = [] } = requirement;
  if (operator !== 'Gt' && operator !== 'Lt') return meets(requirement, labels);
  const value = Object.hasOwn(labels, key) ? labels[key] : undefined;
  const [bound] = values;
  if (!isInteger(value) || !isInteger(bound)) return false;
  return operator === 'Gt' ? Number(value) > Number(bound) : Number(value) < Number(bound);
}

const isInteger = (text: string | undefined): boolean => text !== undefined && /^[+-]?\d+$/.test(text);
