import { meets } from '../api/selectors/set-requirement.ts';
import { hasLabels, type LabelSelector } from './core-types.ts';

/** Whether the labels match. No selector at all matches nothing, an empty one everything (metav1.LabelSelectorAsSelector). */
export function selects(selector: LabelSelector | undefined, labels: Readonly<Record<string, string>> | undefined): boolean {
  if (selector === undefined) return false;
  if (!hasLabels(labels, selector.matchLabels ?? {})) return false;
  return (selector.matchExpressions ?? []).every((requirement) => meets(requirement, labels ?? {}));
}
