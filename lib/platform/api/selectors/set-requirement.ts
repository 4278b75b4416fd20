/** A requirement of a selector on the labels under one key (metav1.LabelSelectorRequirement, core/v1 NodeSelectorRequirement). */
export interface SetRequirement {
  readonly key: string;
  readonly operator: string;
  readonly values?: readonly string[];
}

/** Whether the labels meet it; an operator that is none of sets meets nothing. */
export function meets({ key, operator, values = [] }: SetRequirement, labels: Readonly<Record<string, string>>): boolean {
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
