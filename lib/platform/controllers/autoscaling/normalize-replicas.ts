import type { Behavior, ScalingRules } from './autoscaler-types.ts';
import { type Change, type ScalingHistory, stabilizationWindows, withRecommendation } from './scaling-history.ts';

export interface Wish {
  readonly current: number;
  /** What the metrics ask for. */
  readonly desired: number;
  readonly min: number;
  readonly max: number;
  /** Its two directions are filled as defaults have it. @default Kubernetes' own: up at once, but no more than twice as many or four; down after five minutes */
  readonly behavior?: Behavior | undefined;
  readonly history: ScalingHistory;
  /** ms */
  readonly now: number;
}

interface Reason {
  readonly reason: string;
  readonly message: string;
}

/** How many there are to be, why, and what is to be remembered. */
export interface Normalized {
  readonly replicas: number;
  readonly ableToScale: Reason;
  readonly scalingLimited: Reason & { readonly status: 'True' | 'False' };
  readonly history: ScalingHistory;
}

const SCALE_UP_FACTOR = 2;
const SCALE_UP_MINIMUM = 4;

const STABILIZED_UP: Reason = {
  reason: 'ScaleUpStabilized',
  message: 'recent recommendations were lower than current one, applying the lowest recent recommendation',
};
const STABILIZED_DOWN: Reason = {
  reason: 'ScaleDownStabilized',
  message: 'recent recommendations were higher than current one, applying the highest recent recommendation',
};
const READY: Reason = { reason: 'ReadyForNewScale', message: 'recommended size matches current size' };
const WITHIN: Reason = { reason: 'DesiredWithinRange', message: 'the desired count is within the acceptable range' };
const TOO_FAST_UP: Reason = {
  reason: 'ScaleUpLimit',
  message: 'the desired replica count is increasing faster than the maximum scale rate',
};
const TOO_FAST_DOWN: Reason = {
  reason: 'ScaleDownLimit',
  message: 'the desired replica count is decreasing faster than the maximum scale rate',
};
const TOO_MANY: Reason = {
  reason: 'TooManyReplicas',
  message: 'the desired replica count is more than the maximum replica count',
};
const TOO_FEW: Reason = { reason: 'TooFewReplicas', message: 'the desired replica count is less than the minimum replica count' };

/** From what the metrics ask for to what is done: held back by what was recommended lately, by limits, and by rates (podautoscaler's normalizeDesiredReplicas*). */
export function normalizeReplicas(wish: Wish): Normalized {
  const stabilized = wish.behavior === undefined ? highestRecent(wish) : stabilize(wish);
  const limited =
    wish.behavior === undefined ? limit({ ...wish, desired: stabilized }) : limitByRules({ ...wish, desired: stabilized });
  const held = wish.desired >= wish.current && wish.behavior !== undefined ? STABILIZED_UP : STABILIZED_DOWN;
  return {
    replicas: limited.replicas,
    ableToScale: stabilized === wish.desired ? READY : held,
    scalingLimited: { status: limited.replicas === stabilized ? 'False' : 'True', ...limited.why },
    history: withRecommendation(wish.history, wish.desired, wish.behavior, wish.now),
  };
}

function highestRecent({ desired, history, now }: Wish): number {
  const cutoff = now - stabilizationWindows(undefined).down * 1000;
  return Math.max(desired, ...history.recommendations.filter(({ at }) => at >= cutoff).map(({ replicas }) => replicas));
}

/** Between the lowest that was recommended within the window for going up, and the highest within that for going down. */
function stabilize({ current, desired, behavior, history, now }: Wish): number {
  const { up, down } = stabilizationWindows(behavior);
  const within = (seconds: number): number[] =>
    history.recommendations.filter(({ at }) => at > now - seconds * 1000).map(({ replicas }) => replicas);
  const lower = Math.min(desired, ...within(up));
  const upper = Math.max(desired, ...within(down));
  return Math.min(Math.max(current, lower), upper);
}

interface Limited {
  readonly replicas: number;
  readonly why: Reason;
}

function limit({ current, desired, min, max }: Wish): Limited {
  const fastest = Math.max(SCALE_UP_FACTOR * current, SCALE_UP_MINIMUM);
  if (desired < min) return { replicas: min, why: TOO_FEW };
  const most = Math.min(max, fastest);
  if (desired > most) return { replicas: most, why: max > fastest ? TOO_FAST_UP : TOO_MANY };
  return { replicas: desired, why: WITHIN };
}

function limitByRules({ current, desired, min, max, behavior, history, now }: Wish): Limited {
  const changed = (seconds: number): number =>
    changedWithin(history.downs, seconds, now) - changedWithin(history.ups, seconds, now);
  if (desired > current) {
    const fastest = Math.max(current, upLimit(current, behavior?.scaleUp ?? {}, changed));
    const most = Math.min(max, fastest);
    if (desired > most) return { replicas: most, why: max > fastest ? TOO_FAST_UP : TOO_MANY };
  } else if (desired < current) {
    const fastest = Math.min(current, downLimit(current, behavior?.scaleDown ?? {}, changed));
    const least = Math.max(min, fastest);
    if (desired < least) return { replicas: least, why: min < fastest ? TOO_FAST_DOWN : TOO_FEW };
  }
  return { replicas: desired, why: WITHIN };
}

const changedWithin = (changes: readonly Change[], seconds: number, now: number): number =>
  changes.filter(({ at }) => at > now - seconds * 1000).reduce((sum, { replicas }) => sum + replicas, 0);

/** `changed`: by how many fewer there are now than so many seconds ago. */
type Changed = (seconds: number) => number;

function upLimit(current: number, { selectPolicy, policies = [] }: ScalingRules, changed: Changed): number {
  if (selectPolicy === 'Disabled') return current;
  const limits = policies.map(({ type, value, periodSeconds }) => {
    const before = current + changed(periodSeconds);
    // Rounded up: a few percent of few would never be one.
    return type === 'Pods' ? before + value : Math.ceil(before * (1 + value / 100));
  });
  return selectPolicy === 'Min' ? Math.min(...limits) : Math.max(...limits);
}

function downLimit(current: number, { selectPolicy, policies = [] }: ScalingRules, changed: Changed): number {
  if (selectPolicy === 'Disabled') return current;
  const limits = policies.map(({ type, value, periodSeconds }) => {
    const before = current + changed(periodSeconds);
    return type === 'Pods' ? before - value : Math.trunc(before * (1 - value / 100));
  });
  return selectPolicy === 'Min' ? Math.max(...limits) : Math.min(...limits);
}
