import type { LabelSelectorObject } from './label-selector.ts';
import { labelSetText } from './label-selector.ts';

/**
 * The text form of a label selector, sorted by key, as `scale` and columns show it (apimachinery's labels.Selector.String).
 * Empty for a selector that matches everything; operators that are none are left out.
 */
export function labelSelectorText(selector: LabelSelectorObject | undefined): string {
  const terms: { readonly key: string; readonly text: string }[] = [
    ...Object.entries(selector?.matchLabels ?? {}).map(([key, value]) => ({ key, text: `${key}=${value}` })),
    ...(selector?.matchExpressions ?? []).flatMap(({ key, operator, values = [] }) => {
      const text = termText(key, operator, [...values].sort().join(','));
      return text === undefined ? [] : [{ key, text }];
    }),
  ];
  return terms
    .sort((a, b) => (a.key < b.key ? -1 : a.key > b.key ? 1 : 0))
    .map((term) => term.text)
    .join(',');
}

function termText(key: string, operator: string, values: string): string | undefined {
  switch (operator) {
    case 'In':
      return `${key} in (${values})`;
    case 'NotIn':
      return `${key} notin (${values})`;
    case 'Exists':
      return key;
    case 'DoesNotExist':
      return `!${key}`;
    default:
      return undefined;
  }
}

const NONE = '<none>';

/** For a column: `<none>` for an empty selector (metav1.FormatLabelSelector). */
export const labelSelectorCell = (selector: LabelSelectorObject | undefined): string => labelSelectorText(selector) || NONE;

/** For a column: `<none>` for no labels (labels.FormatLabels). */
export const labelSetCell = (set: Readonly<Record<string, string>> | undefined): string => labelSetText(set) || NONE;
