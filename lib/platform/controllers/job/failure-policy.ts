import type { Pod } from '../core-types.ts';
import type { FailureRule, Job } from './job-types.ts';

/** What a job's policy makes of a pod that failed. */
export interface FailureVerdict {
  readonly action: FailureRule['action'];
  /** Of `FailJob`: what is told of it. */
  readonly message?: string;
}

/** The first rule that the pod meets decides; a pod that meets none counts (kubernetes job/pod_failure_policy.go). */
export function judgeFailure(job: Job, pod: Pod): FailureVerdict {
  if (pod.status?.phase !== 'Failed') return { action: 'Count' };
  for (const [index, rule] of (job.spec.podFailurePolicy?.rules ?? []).entries()) {
    const matched = matchExitCode(rule, pod) ?? matchCondition(rule, pod);
    if (matched === undefined) continue;
    const { namespace, name } = pod.metadata;
    const message = `${matched.replace('{pod}', `${namespace}/${name}`)} matching ${rule.action} rule at index ${index}`;
    return rule.action === 'FailJob' ? { action: 'FailJob', message } : { action: rule.action };
  }
  return { action: 'Count' };
}

function matchExitCode({ onExitCodes }: FailureRule, pod: Pod): string | undefined {
  if (onExitCodes === undefined) return undefined;
  const { containerName, operator, values } = onExitCodes;
  const statuses = [...(pod.status?.containerStatuses ?? []), ...(pod.status?.initContainerStatuses ?? [])];
  for (const { name, state } of statuses) {
    const code = state?.terminated?.exitCode ?? 0;
    // A container that did well is no reason, whatever the rule lists.
    if (code === 0 || (containerName !== undefined && containerName !== name)) continue;
    if (values.includes(code) === (operator === 'In')) return `Container ${name} for pod {pod} failed with exit code ${code}`;
  }
  return undefined;
}

function matchCondition({ onPodConditions = [] }: FailureRule, pod: Pod): string | undefined {
  const met = pod.status?.conditions?.find(({ type, status }) =>
    onPodConditions.some((wanted) => wanted.type === type && (wanted.status || 'True') === status),
  );
  return met && `Pod {pod} has condition ${met.type}`;
}
