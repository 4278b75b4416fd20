import type { KubeObject } from '../../api/meta.ts';
import { type Condition, isReady, type LabelSelector, type Pod } from '../core-types.ts';
import { scaledValue } from '../int-or-percent.ts';

interface BudgetCondition extends Condition {
  observedGeneration?: number;
}

export interface BudgetStatus {
  observedGeneration?: number;
  /** Evictions that were allowed and whose pods may still be seen: when, by the pod's name. */
  disruptedPods?: Record<string, string>;
  disruptionsAllowed?: number;
  currentHealthy?: number;
  desiredHealthy?: number;
  expectedPods?: number;
  conditions?: BudgetCondition[];
}

/** policy/v1 PodDisruptionBudget. */
export interface DisruptionBudget extends KubeObject {
  spec: { selector?: LabelSelector; minAvailable?: number | string; maxUnavailable?: number | string };
  status?: BudgetStatus;
}

/** An eviction whose pod does not go within that many ms was none. */
const DISRUPTION_TIMEOUT = 120_000;

/** Whether the budget is about a share of what is wanted, for which the pods' owners must be asked. */
export const needsScale = ({ spec }: DisruptionBudget): boolean =>
  spec.maxUnavailable !== undefined || typeof spec.minAvailable === 'string';

/** Pure. `wanted`: how many pods their owners want together; the pods themselves where nobody needs to be asked. */
export function budgetStatus(
  budget: DisruptionBudget,
  pods: readonly Pod[],
  wanted: number,
  now: number,
): { readonly status: BudgetStatus; readonly recheckAfter?: number } {
  const { minAvailable, maxUnavailable } = budget.spec;
  const desired =
    maxUnavailable === undefined
      ? scaledValue(minAvailable, wanted, 'up')
      : Math.max(0, wanted - scaledValue(maxUnavailable, wanted, 'up'));
  const living = pods.filter(({ metadata }) => metadata.deletionTimestamp === undefined);
  const names = new Set(living.map(({ metadata }) => metadata.name!));
  const disrupted = Object.entries(budget.status?.disruptedPods ?? {})
    .map(([name, at]) => ({ name, at, until: Date.parse(at) + DISRUPTION_TIMEOUT }))
    .filter(({ name, until }) => names.has(name) && until > now);
  const evicted = new Set(disrupted.map(({ name }) => name));
  const healthy = living.filter((pod) => isReady(pod) && !evicted.has(pod.metadata.name!)).length;
  const allowed = wanted > 0 ? Math.max(0, healthy - desired) : 0;
  const status: BudgetStatus = {
    observedGeneration: budget.metadata.generation ?? 0,
    disruptionsAllowed: allowed,
    currentHealthy: healthy,
    desiredHealthy: desired,
    expectedPods: wanted,
    ...(disrupted.length === 0 ? {} : { disruptedPods: Object.fromEntries(disrupted.map(({ name, at }) => [name, at])) }),
  };
  return disrupted.length === 0
    ? { status }
    : { status, recheckAfter: Math.max(0, Math.min(...disrupted.map(({ until }) => until)) - now) };
}
