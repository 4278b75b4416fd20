import type { ResizeState } from '../allocation/resize-state.ts';
import { rfc3339 } from '../../../../common/clock.ts';
import type { ApiContainerStatus, PodCondition, PodPhase } from '../types/pod-status-types.ts';
import { isSidecar } from '../pod-containers.ts';
import type { Pod } from '../types/pod-types.ts';

/** The conditions that only the kubelet writes. */
export const OWN_CONDITIONS: ReadonlySet<string> = new Set([
  'PodResizePending',
  'PodResizeInProgress',
  'PodReadyToStartContainers',
  'Initialized',
  'Ready',
  'ContainersReady',
  'PodScheduled',
]);

interface Verdict {
  readonly type: string;
  readonly status: 'True' | 'False';
  readonly reason?: string;
  readonly message?: string;
}

const yes = (type: string): Verdict => ({ type, status: 'True' });
const no = (type: string, reason?: string, message?: string): Verdict => ({
  type,
  status: 'False',
  ...(reason === undefined ? {} : { reason }),
  ...(message === undefined ? {} : { message }),
});

const names = (list: readonly string[]): string => `[${list.join(' ')}]`;

function initialized(pod: Pod, statuses: ReadonlyMap<string, ApiContainerStatus>, phase: PodPhase): Verdict {
  const incomplete: string[] = [];
  for (const container of pod.spec.initContainers ?? []) {
    const status = statuses.get(container.name);
    const done = isSidecar(container) ? status?.started === true : status?.ready === true;
    if (!done) incomplete.push(container.name);
  }
  if (phase === 'Succeeded') return { type: 'Initialized', status: 'True', reason: 'PodCompleted' };
  const mainHasRun = pod.spec.containers.some(({ name }) => {
    const status = statuses.get(name);
    return status?.state.running !== undefined || status?.state.terminated !== undefined;
  });
  if (incomplete.length === 0 || mainHasRun) return yes('Initialized');
  return no('Initialized', 'ContainersNotInitialized', `containers with incomplete status: ${names(incomplete)}`);
}

function containersReady(pod: Pod, statuses: ReadonlyMap<string, ApiContainerStatus>, phase: PodPhase): Verdict {
  if (phase === 'Succeeded') return no('ContainersReady', 'PodCompleted');
  if (phase === 'Failed') return no('ContainersReady', 'PodFailed');
  const unknown: string[] = [];
  const unready: string[] = [];
  const judged = [...(pod.spec.initContainers ?? []).filter(isSidecar), ...pod.spec.containers];
  for (const { name } of judged) {
    const status = statuses.get(name);
    if (status === undefined) unknown.push(name);
    else if (!status.ready) unready.push(name);
  }
  const problems: string[] = [];
  if (unknown.length > 0) problems.push(`containers with unknown status: ${names(unknown)}`);
  if (unready.length > 0) problems.push(`containers with unready status: ${names(unready)}`);
  return problems.length === 0 ? yes('ContainersReady') : no('ContainersReady', 'ContainersNotReady', problems.join(', '));
}

function ready(pod: Pod, containers: Verdict, conditions: readonly PodCondition[]): Verdict {
  if (containers.status === 'False') return { ...containers, type: 'Ready' };
  const problems: string[] = [];
  for (const { conditionType } of pod.spec.readinessGates ?? []) {
    const found = conditions.find((condition) => condition.type === conditionType);
    if (found === undefined) problems.push(`corresponding condition of pod readiness gate "${conditionType}" does not exist.`);
    else if (found.status !== 'True')
      problems.push(`the status of pod readiness gate "${conditionType}" is not "True", but ${found.status}`);
  }
  return problems.length === 0 ? yes('Ready') : no('Ready', 'ReadinessGatesNotReady', problems.join(', '));
}

export interface ConditionFacts {
  readonly pod: Pod;
  readonly phase: PodPhase;
  readonly statuses: readonly ApiContainerStatus[];
  /** The sandbox runs and has its network. */
  readonly hasSandbox: boolean;
  /** The conditions as the API has them, also those of others. */
  readonly known: readonly PodCondition[];
  readonly resize: ResizeState;
  readonly now: number;
}

/** The kubelet's conditions, then everybody else's untouched (kubelet: status/generate.go). */
export function podConditions(facts: ConditionFacts): PodCondition[] {
  const { pod, phase, known, now } = facts;
  const statuses = new Map(facts.statuses.map((status) => [status.name, status]));
  const containers = containersReady(pod, statuses, phase);
  const sandbox = facts.hasSandbox ? yes('PodReadyToStartContainers') : no('PodReadyToStartContainers');
  const verdicts: Verdict[] = [
    ...resizeVerdicts(facts.resize),
    sandbox,
    initialized(pod, statuses, phase),
    ready(pod, containers, known),
    containers,
    yes('PodScheduled'),
  ];
  const own = verdicts.map((verdict) => withTransition(verdict, known, now));
  return [...own, ...known.filter((condition) => !OWN_CONDITIONS.has(condition.type))];
}

/** Only what is so is told: a resize that has come to its end leaves no condition. */
function resizeVerdicts({ pending, inProgress, error }: ResizeState): Verdict[] {
  return [
    ...(pending === undefined ? [] : [{ type: 'PodResizePending', status: 'True' as const, ...pending }]),
    ...(inProgress
      ? [{ ...yes('PodResizeInProgress'), ...(error === undefined ? {} : { reason: 'Error', message: error }) }]
      : []),
  ];
}

function withTransition(verdict: Verdict, known: readonly PodCondition[], now: number): PodCondition {
  const before = known.find((condition) => condition.type === verdict.type);
  const unchanged = before?.status === verdict.status && before.lastTransitionTime;
  return {
    type: verdict.type,
    status: verdict.status,
    lastProbeTime: null,
    lastTransitionTime: unchanged ? unchanged : rfc3339(now),
    ...(verdict.reason ? { reason: verdict.reason } : {}),
    ...(verdict.message ? { message: verdict.message } : {}),
  };
}
