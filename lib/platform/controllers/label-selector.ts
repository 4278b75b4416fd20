import { hasLabels, type LabelSelector, type SelectorRequirement } from './core-types.ts';

/** Whether the labels match. No selector at all matches nothing, an empty one everything (metav1.LabelSelectorAsSelector). */
export function selects(selector: LabelSelector | undefined, labels: Readonly<Record<string, string>> | undefined): boolean {
  if (selector === undefined) return false;
  if (!hasLabels(labels, selector.matchLabels ?? {})) return false;
  return (selector.matchExpressions ?? []).every((requirement) => meets(requirement, labels ?? {}));
}

/** Whether the labels meet one set-based requirement; an operator that is not of label selectors meets nothing. */
export function meets({ key, operator, values = [] }: SelectorRequirement, labels: Readonly<Record<string, string>>): boolean {
  const value = Object.hasOwn(labels, key) ? labels[key] : undefined;
  switch (operator) {
    case 'In':
      return value !== undefined && values.includes(value);
    case 'NotIn':
      return value === undefined || !values.includes(value);
    case 'Exists':
      return value !== undefined;
    case 'DoesNotExist':
      return value === undefined;
    default:
      return false;
  }
}
