import type { Condition } from './core-types.ts';

/**
 * The conditions with this one in place of what had its type. lastTransitionTime moves only when the status does.
 * The same list comes back when nothing a reader would see has changed, so that callers can skip the write.
 */
export function withCondition(
  conditions: readonly Condition[] | undefined,
  next: Omit<Condition, 'lastTransitionTime'>,
  now: string,
): readonly Condition[] {
  const known = conditions ?? [];
  const old = known.find((condition) => condition.type === next.type);
  if (old !== undefined && old.status === next.status && old.reason === next.reason && old.message === next.message) return known;
  const lastTransitionTime = old?.status === next.status ? (old.lastTransitionTime ?? now) : now;
  const made: Condition = { ...next, lastTransitionTime };
  return old === undefined ? [...known, made] : known.map((condition) => (condition === old ? made : condition));
}
