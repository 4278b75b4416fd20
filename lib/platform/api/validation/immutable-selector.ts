import type { LabelSelectorObject } from '../selectors/label-selector.ts';
import type { StatusCause } from '../status-error.ts';
import { deepEqual, IMMUTABLE_TEXT } from './causes.ts';

/** `field is immutable` when the two differ; the selector is shown as Go's %#v prints a meta/v1 LabelSelector. */
export function immutableSelector(
  field: string,
  value: LabelSelectorObject | undefined,
  old: LabelSelectorObject | undefined,
): StatusCause[] {
  if (deepEqual(value, old)) return [];
  return [
    {
      reason: 'FieldValueInvalid',
      message: `Invalid value: ${value === undefined || value === null ? 'null' : goSyntax(value)}: ${IMMUTABLE_TEXT}`,
      field,
    },
  ];
}

const quoted = (text: string): string => JSON.stringify(text);

function goSyntax({ matchLabels, matchExpressions }: LabelSelectorObject): string {
  const labels = Object.entries(matchLabels ?? {}).toSorted(([a], [b]) => (a < b ? -1 : 1));
  const expressions = (matchExpressions ?? []).map(
    ({ key, operator, values }) =>
      `v1.LabelSelectorRequirement{Key:${quoted(key)}, Operator:${quoted(operator)}, Values:[]string${list(values?.map(quoted))}}`,
  );
  return (
    `v1.LabelSelector{MatchLabels:map[string]string${list(matchLabels && labels.map(([key, label]) => `${quoted(key)}:${quoted(label)}`))}, ` +
    `MatchExpressions:[]v1.LabelSelectorRequirement${list(matchExpressions && expressions)}}`
  );
}

const list = (items: readonly string[] | undefined): string => (items === undefined ? '(nil)' : `{${items.join(', ')}}`);
