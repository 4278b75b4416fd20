import type { Pod } from '../types/pod-types.ts';
import type { PodStatus } from '../types/pod-status-types.ts';
import { resizableContainers } from './container-resources.ts';
import type { PendingResize } from './judge-resize.ts';

/** How far a pod's resize has come. */
export interface ResizeState {
  readonly pending: PendingResize | undefined;
  /** A running container has other limits than it has been allocated. */
  readonly inProgress: boolean;
  /** Why it goes no further. */
  readonly error: string | undefined;
}

export interface ResizeEvent {
  readonly type: 'Normal' | 'Warning';
  readonly reason: string;
  readonly message: string;
}

/** What the pod's status says of it: a restarted kubelet tells nothing twice. */
export function resizeStateOf({ conditions = [] }: PodStatus): ResizeState {
  const pending = conditions.find(({ type, status }) => type === 'PodResizePending' && status === 'True');
  const progress = conditions.find(({ type, status }) => type === 'PodResizeInProgress' && status === 'True');
  return {
    pending:
      pending === undefined
        ? undefined
        : { reason: pending.reason === 'Infeasible' ? 'Infeasible' : 'Deferred', message: pending.message ?? '' },
    inProgress: progress !== undefined,
    error: progress?.reason === 'Error' ? (progress.message ?? '') : undefined,
  };
}

/** What is new (kubelet: ResizeStarted and its like). `wanted`: the pod as its spec has it, `allocated`: as it may be. */
export function resizeEvents(before: ResizeState, now: ResizeState, wanted: Pod, allocated: Pod): ResizeEvent[] {
  const events: ResizeEvent[] = [];
  const { pending, inProgress, error } = now;
  if (pending !== undefined && pending.reason !== before.pending?.reason)
    events.push({
      type: 'Warning',
      reason: `Resize${pending.reason}`,
      message: `Pod resize ${pending.reason}: ${summary(wanted, pending.message)}`,
    });
  if (inProgress && !before.inProgress)
    events.push({ type: 'Normal', reason: 'ResizeStarted', message: `Pod resize started: ${summary(allocated)}` });
  if (error !== undefined && before.error === undefined)
    events.push({ type: 'Warning', reason: 'ResizeError', message: `Pod resize error: ${summary(allocated, error)}` });
  if (!inProgress && before.inProgress)
    events.push({ type: 'Normal', reason: 'ResizeCompleted', message: `Pod resize completed: ${summary(allocated)}` });
  return events;
}

function summary(pod: Pod, error?: string): string {
  const containers = resizableContainers(pod).map(({ name, resources = {} }) => ({ name, resources }));
  return JSON.stringify({ containers, generation: pod.metadata.generation, error });
}
