import type { KubeObject } from '../../api/meta.ts';
import { type Condition, isFinished, type LabelSelector, type Pod, type PodTemplate } from '../core-types.ts';

/** While a pod has it, the job has not counted how the pod ended. */
export const TRACKING = 'batch.kubernetes.io/job-tracking';
export const COMPLETION_INDEX = 'batch.kubernetes.io/job-completion-index';
export const INDEX_FAILURES = 'batch.kubernetes.io/job-index-failure-count';

export interface FailureRule {
  action: 'Count' | 'FailIndex' | 'FailJob' | 'Ignore';
  onExitCodes?: { containerName?: string; operator: 'In' | 'NotIn'; values: number[] };
  onPodConditions?: { type: string; status: string }[];
}

export interface SuccessRule {
  succeededIndexes?: string;
  succeededCount?: number;
}

export interface JobSpec {
  parallelism?: number;
  completions?: number;
  completionMode?: 'NonIndexed' | 'Indexed';
  backoffLimit?: number;
  backoffLimitPerIndex?: number;
  maxFailedIndexes?: number;
  activeDeadlineSeconds?: number;
  ttlSecondsAfterFinished?: number;
  suspend?: boolean;
  managedBy?: string;
  podReplacementPolicy?: 'Failed' | 'TerminatingOrFailed';
  podFailurePolicy?: { rules?: FailureRule[] };
  successPolicy?: { rules?: SuccessRule[] };
  selector?: LabelSelector;
  template: PodTemplate;
}

export interface JobStatus {
  startTime?: string;
  completionTime?: string;
  active?: number;
  ready?: number;
  terminating?: number;
  succeeded?: number;
  failed?: number;
  completedIndexes?: string;
  failedIndexes?: string;
  /** Pods, by uid, whose end is known and not yet in the counters. */
  uncountedTerminatedPods?: { succeeded?: string[]; failed?: string[] };
  conditions?: Condition[];
}

/** batch/v1 Job, as far as its controller looks at it. */
export interface Job extends KubeObject {
  spec: JobSpec;
  status?: JobStatus;
}

/** Whether each pod has a number of its own, and one success for each is needed. */
export const isIndexed = ({ spec }: Job): boolean => spec.completionMode === 'Indexed';

/** The first condition of these types that holds. */
export const trueCondition = ({ status }: Job, ...types: string[]): Condition | undefined =>
  status?.conditions?.find((condition) => types.includes(condition.type) && condition.status === 'True');

/** The condition that says that a job is over, and how. */
export const ended = (job: Job): Condition | undefined => trueCondition(job, 'Complete', 'Failed');

/** A pod that is deleted counts as failed, unless the job waits for its end first. */
export const hasFailed = (job: Job, pod: Pod): boolean =>
  pod.status?.phase === 'Failed' ||
  (pod.metadata.deletionTimestamp !== undefined && !isFinished(pod) && job.spec.podReplacementPolicy !== 'Failed');

/** The index of a pod of an indexed job; undefined where it has none that is the job's. */
export function indexOf(job: Job, pod: Pod): number | undefined {
  const text = pod.metadata.annotations?.[COMPLETION_INDEX];
  if (text === undefined || !/^\d{1,7}$/.test(text)) return undefined;
  return Number(text) < (job.spec.completions ?? 0) ? Number(text) : undefined;
}
