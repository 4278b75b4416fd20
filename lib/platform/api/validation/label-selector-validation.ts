import type { LabelSelectorObject } from '../selectors/label-selector.ts';
import type { StatusCause } from '../status-error.ts';
import { forbidden, invalid, required } from './causes.ts';
import { labelValue, qualifiedName } from './names.ts';
import { validateLabels } from './object-meta.ts';

/** meta/v1 LabelSelector (apimachinery's ValidateLabelSelector). Nothing to say of an absent one. */
export function validateLabelSelector(selector: LabelSelectorObject | undefined, path: string): StatusCause[] {
  const causes = validateLabels(selector?.matchLabels, `${path}.matchLabels`);
  for (const [i, { key, operator, values = [] }] of (selector?.matchExpressions ?? []).entries()) {
    const at = `${path}.matchExpressions[${i}]`;
    causes.push(...operatorCauses(operator, values, at));
    for (const text of qualifiedName(key)) causes.push(invalid(`${at}.key`, key, text));
    for (const [j, value] of values.entries())
      for (const text of labelValue(value)) causes.push(invalid(`${at}.values[${j}]`, value, text));
  }
  return causes;
}

function operatorCauses(operator: string, values: readonly string[], path: string): StatusCause[] {
  switch (operator) {
    case 'In':
    case 'NotIn':
      return values.length > 0 ? [] : [required(`${path}.values`, "must be specified when `operator` is 'In' or 'NotIn'")];
    case 'Exists':
    case 'DoesNotExist':
      return values.length === 0
        ? []
        : [forbidden(`${path}.values`, "may not be specified when `operator` is 'Exists' or 'DoesNotExist'")];
    default:
      return [invalid(`${path}.operator`, operator, 'not a valid selector operator')];
  }
}

/** Whether a selector says nothing, and so would match everything. */
export const isEmptySelector = ({ matchLabels, matchExpressions }: LabelSelectorObject): boolean =>
  Object.keys(matchLabels ?? {}).length + (matchExpressions ?? []).length === 0;
