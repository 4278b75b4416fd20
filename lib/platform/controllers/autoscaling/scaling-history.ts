import type { Behavior, ScalingRules } from './autoscaler-types.ts';

/** What was recommended, and what was done, not long ago. Times in ms. */
export interface ScalingHistory {
  readonly recommendations: readonly { readonly replicas: number; readonly at: number }[];
  /** By how many. */
  readonly ups: readonly Change[];
  readonly downs: readonly Change[];
}

export interface Change {
  readonly replicas: number;
  readonly at: number;
}

/** kube-controller-manager's --horizontal-pod-autoscaler-downscale-stabilization, in seconds. */
const DOWNSCALE_STABILIZATION = 300;

/** Nothing is known of what was before: what is counts as recommended. */
export const newHistory = (replicas: number, at: number): ScalingHistory => ({
  recommendations: [{ replicas, at }],
  ups: [],
  downs: [],
});

/** Seconds that recommendations hold back a change. */
export const stabilizationWindows = (behavior: Behavior | undefined): { readonly up: number; readonly down: number } => ({
  up: behavior?.scaleUp?.stabilizationWindowSeconds ?? 0,
  down: behavior?.scaleDown?.stabilizationWindowSeconds ?? DOWNSCALE_STABILIZATION,
});

/** With another recommendation; what no window reaches any more is forgotten. */
export function withRecommendation(
  history: ScalingHistory,
  replicas: number,
  behavior: Behavior | undefined,
  now: number,
): ScalingHistory {
  const { up, down } = stabilizationWindows(behavior);
  const cutoff = now - Math.max(up, down) * 1000;
  return { ...history, recommendations: [...history.recommendations.filter(({ at }) => at >= cutoff), { replicas, at: now }] };
}

/** With a change that was carried out. Only rules of behaviour look at those. */
export function withChange(
  history: ScalingHistory,
  { from, to }: { readonly from: number; readonly to: number },
  behavior: Behavior | undefined,
  now: number,
): ScalingHistory {
  if (behavior === undefined || from === to) return history;
  const cutoff = now - Math.max(longestPeriod(behavior.scaleUp), longestPeriod(behavior.scaleDown)) * 1000;
  const recent = (changes: readonly Change[]): Change[] => changes.filter(({ at }) => at >= cutoff);
  const change = { replicas: Math.abs(to - from), at: now };
  return {
    ...history,
    ups: to > from ? [...recent(history.ups), change] : recent(history.ups),
    downs: to < from ? [...recent(history.downs), change] : recent(history.downs),
  };
}

const longestPeriod = (rules: ScalingRules | undefined): number =>
  Math.max(0, ...(rules?.policies ?? []).map(({ periodSeconds }) => periodSeconds));
