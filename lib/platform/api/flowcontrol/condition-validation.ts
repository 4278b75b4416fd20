import type { KubeObject } from '../meta.ts';
import type { StatusCause } from '../status-error.ts';
import { duplicate, required } from '../validation/causes.ts';

/** Conditions of both kinds have a type each, and each type once. */
export function validateConditions({ status }: KubeObject): StatusCause[] {
  const types = new Set<string>();
  return ((status?.conditions ?? []) as { type?: string }[]).flatMap(({ type = '' }, i) => {
    const path = `status.conditions[${i}].type`;
    if (types.has(type)) return [duplicate(path, type)];
    types.add(type);
    return type === '' ? [required(path, 'must not be empty')] : [];
  });
}
