import type { KubeletContext } from './kubelet-context.ts';
import type { PodMemory } from './pod-memory.ts';
import type { Pod } from './types/pod-types.ts';

const FORBIDDEN_SYSCTL = 'SysctlForbidden';

/**
 * What the pod asks of the kernel is judged before anything of it runs (kubelet: rejectPod). `pod` has the status that this node
 * has come to.
 */
export function refuseForbidden({ sysctls, recorder }: KubeletContext, memory: PodMemory, pod: Pod): void {
  const refusal = sysctls.refusal(pod);
  const { phase, reason } = pod.status ?? {};
  const known = phase === 'Failed' && reason === FORBIDDEN_SYSCTL;
  if (refusal === undefined || memory.failure !== undefined || (!known && (phase === 'Succeeded' || phase === 'Failed'))) return;
  memory.failure = { reason: FORBIDDEN_SYSCTL, message: `Pod was rejected: ${refusal}`, rejected: true };
  if (!known) recorder.event(pod, 'Warning', FORBIDDEN_SYSCTL, refusal);
}

/** activeDeadlineSeconds: fails a pod whose time is over. Returns when it will be, in ms since the epoch. */
export function checkDeadline({ clock, recorder }: KubeletContext, memory: PodMemory, pod: Pod): number | undefined {
  const { activeDeadlineSeconds } = pod.spec;
  const started = pod.status?.startTime;
  if (activeDeadlineSeconds === undefined || started === undefined || memory.failure !== undefined) return undefined;
  const end = Date.parse(started) + activeDeadlineSeconds * 1000;
  if (clock.now() < end) return end;
  const message = 'Pod was active on the node longer than the specified deadline';
  memory.failure = { reason: 'DeadlineExceeded', message };
  recorder.event(pod, 'Normal', 'DeadlineExceeded', message);
  return undefined;
}
