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
  return matchExpressions.every((one) => meets(one, labels)) && matchFields.every((one) => meets(one, fields));
}

function meets({ key, operator, values = [] }: NodeSelectorRequirement, labels: Labels): boolean {
  const value = Object.hasOwn(labels, key) ? labels[key] : undefined;
  const [bound] = values;
  switch (operator) {
    case 'In':
      return value !== undefined && values.includes(value);
    case 'NotIn':
      return value === undefined || !values.includes(value);
    case 'Exists':
      return value !== undefined;
    case 'DoesNotExist':
      return value === undefined;
    case 'Gt':
      return isInteger(value) && isInteger(bound) && Number(value) > Number(bound);
    case 'Lt':
      return isInteger(value) && isInteger(bound) && Number(value) < Number(bound);
    default:
      return false;
  }
}

const isInteger = (text: string | undefined): boolean => text !== undefined && /^[+-]?\d+$/.test(text);
