import type { KubeObject } from '../api/meta.ts';

/** How long a pod may find no node before that is told, in ms: another may be about to make room. */
const UNPLACED = 20_000;
/** How long a container may run without being ready before that is told, in ms. */
const UNREADY = 30_000;

interface ContainerState {
  waiting?: { reason?: string; message?: string };
  running?: { startedAt?: string | null };
  terminated?: { exitCode: number; reason?: string };
}

interface ContainerStatus {
  name: string;
  ready?: boolean;
  restartCount?: number;
  state?: ContainerState;
  lastState?: ContainerState;
}

/** core/v1 Pod, as far as it tells why it does not get ready. */
export interface Pod extends KubeObject {
  spec: {
    containers: { name: string; image?: string; readinessProbe?: Probe }[];
  };
  status?: {
    conditions?: { type: string; status: string; reason?: string; message?: string; lastTransitionTime?: string | null }[];
    initContainerStatuses?: ContainerStatus[];
    containerStatuses?: ContainerStatus[];
  };
}

interface Probe {
  tcpSocket?: { port: number | string };
  httpGet?: { port: number | string; path?: string };
}

/** Why a pod does not get ready. */
export interface PodTrouble {
  /** As the pod's status has it: `CrashLoopBackOff`. */
  readonly reason: string;
  readonly message: string;
  /** Whose log says more; absent where nothing has run. */
  readonly container?: string;
  /** Whether that log is of a run that has ended. */
  readonly crashed: boolean;
  /** When it has lasted for long enough to be told, in ms since the epoch. */
  readonly due: number;
  /** Whether to wait for it makes no sense. A program may just be slow to begin. */
  readonly hopeless: boolean;
}

/** What a pod waits for that does not come by itself: it is looked for again and again, but somebody has to change something. */
const STUCK = new Set([
  'ImagePullBackOff',
  'ErrImageNeverPull',
  'InvalidImageName',
  'CreateContainerError',
  'CreateContainerConfigError',
]);

export const isReady = ({ status }: Pod): boolean => conditionOf(status, 'Ready')?.status === 'True';

/** Pure. Undefined for a pod that is ready, or that is on its way. */
export function troubleOf(pod: Pod): PodTrouble | undefined {
  if (isReady(pod)) return undefined;
  const { status } = pod;
  const placed = conditionOf(status, 'PodScheduled');
  if (placed?.status === 'False' && placed.reason === 'Unschedulable')
    return {
      reason: placed.reason,
      message: placed.message ?? 'no node takes it',
      crashed: false,
      due: Date.parse(placed.lastTransitionTime ?? '') + UNPLACED || 0,
      hopeless: true,
    };
  const containers = [...(status?.initContainerStatuses ?? []), ...(status?.containerStatuses ?? [])];
  for (const container of containers) {
    const trouble = stuck(container);
    if (trouble !== undefined) return trouble;
  }
  const unready = (status?.containerStatuses ?? []).find(({ ready, state }) => ready !== true && state?.running !== undefined);
  return unready === undefined ? undefined : slow(pod, unready);
}

function stuck({ name, state, lastState, restartCount = 0 }: ContainerStatus): PodTrouble | undefined {
  const { reason = '', message = '' } = state?.waiting ?? {};
  if (STUCK.has(reason)) return { reason, message, crashed: false, due: 0, hopeless: true };
  // One crash may be bad luck: it has been started again by then.
  if (reason !== 'CrashLoopBackOff' || restartCount < 1) return undefined;
  const { exitCode, reason: why = '' } = lastState?.terminated ?? {};
  const how = exitCode === undefined ? 'ended' : `ended with code ${exitCode}`;
  const said = ['', 'Error', 'Completed'].includes(why) ? '' : ` (${why})`;
  return {
    reason,
    message: `container ${name} was started ${restartCount + 1} times, and ${how}${said}`,
    container: name,
    crashed: true,
    due: 0,
    hopeless: true,
  };
}

function slow({ spec }: Pod, { name, state }: ContainerStatus): PodTrouble {
  const probe = spec.containers.find((each) => each.name === name)?.readinessProbe;
  const { port, path = '' } = { ...probe?.tcpSocket, ...probe?.httpGet };
  const where = port === undefined ? '' : ` (port ${port}${path === '' ? '' : `, path ${path}`})`;
  return {
    reason: 'NotReady',
    message: `container ${name} runs, and its readiness probe${where} has not succeeded`,
    container: name,
    crashed: false,
    due: Date.parse(state?.running?.startedAt ?? '') + UNREADY || 0,
    hopeless: false,
  };
}

const conditionOf = (status: Pod['status'], type: string) => status?.conditions?.find((condition) => condition.type === type);
