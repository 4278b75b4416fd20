import type { Pod, Taint } from '../core-types.ts';
import { tolerates } from '../taints.ts';
import { NOT_READY, UNREACHABLE } from './node-taints.ts';

/** Seconds that a pod may stay on a lost node when it does not say (Kubernetes' DefaultTolerationSeconds). */
const DEFAULT_SECONDS = 300;

/**
 * When a pod must leave its node because of NoExecute taints, in ms since the epoch; undefined when it may stay
 * (kubernetes pkg/controller/tainteviction).
 */
export function evictionTime(pod: Pod, taints: readonly Taint[], now: number): number | undefined {
  const times = taints.filter(({ effect }) => effect === 'NoExecute').flatMap((taint) => timeFor(pod, taint, now) ?? []);
  return times.length === 0 ? undefined : Math.min(...times);
}

function timeFor(pod: Pod, taint: Taint, now: number): number | undefined {
  const since = Date.parse(taint.timeAdded ?? '');
  const start = Number.isNaN(since) ? now : since;
  const tolerations = pod.spec.tolerations ?? [];
  const matching = tolerations.filter((toleration) => tolerates(toleration, taint));
  if (matching.length === 0) {
    // Pods made without the admission that gives them the default must not be the first to die in a network hiccup.
    const lost = taint.key === NOT_READY || taint.key === UNREACHABLE;
    return lost ? start + DEFAULT_SECONDS * 1000 : now;
  }
  const seconds = matching.flatMap(({ tolerationSeconds }) => tolerationSeconds ?? []);
  if (seconds.length < matching.length && seconds.length === 0) return undefined;
  return start + Math.max(0, Math.min(...seconds)) * 1000;
}
