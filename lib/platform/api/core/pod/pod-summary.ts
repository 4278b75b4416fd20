import type { KubeObject } from '../../meta.ts';

interface Terminated {
  reason?: string;
  exitCode?: number;
  signal?: number;
  finishedAt?: string | null;
}

interface ContainerStatus {
  name: string;
  ready?: boolean;
  started?: boolean;
  restartCount?: number;
  state?: { waiting?: { reason?: string }; running?: object; terminated?: Terminated };
  lastState?: { terminated?: Terminated };
}

export interface PodSummary {
  readonly ready: number;
  readonly total: number;
  /** What `kubectl get` shows as STATUS. */
  readonly reason: string;
  readonly restarts: number;
  /** When the last of the restarts happened, RFC 3339. */
  readonly lastRestart: string | undefined;
}

/** One line about a pod, from all of its containers (kubectl: pkg/printers/internalversion printPod). */
export function summarisePod(pod: KubeObject): PodSummary {
  const { spec = {}, status = {} } = pod;
  const init = summariseInit(pod);
  let reason: string = init.reason ?? baseReason(pod);
  let { restarts, lastRestart } = init.all;
  let ready = init.ready;
  if (init.reason === undefined || hasCondition(pod, 'Initialized')) {
    const main = summariseMain(status.containerStatuses ?? []);
    restarts = init.sidecars.restarts + main.count.restarts;
    lastRestart = later(init.sidecars.lastRestart, main.count.lastRestart);
    ready += main.ready;
    reason = main.reason ?? reason;
    if (reason === 'Completed' && main.running) reason = hasCondition(pod, 'Ready') ? 'Running' : 'NotReady';
  }
  const terminal = status.phase === 'Succeeded' || status.phase === 'Failed';
  if (pod.metadata.deletionTimestamp && status.reason === 'NodeLost') reason = 'Unknown';
  else if (pod.metadata.deletionTimestamp && !terminal) reason = 'Terminating';
  return { ready, total: (spec.containers ?? []).length + init.sidecarCount, reason, restarts, lastRestart };
}

function baseReason(pod: KubeObject): string {
  const conditions: { type: string; reason?: string }[] = pod.status?.conditions ?? [];
  if (conditions.some((each) => each.type === 'PodScheduled' && each.reason === 'SchedulingGated')) return 'SchedulingGated';
  return pod.status?.reason || pod.status?.phase || '';
}

interface Count {
  restarts: number;
  lastRestart: string | undefined;
}

function countRestart(count: Count, status: ContainerStatus): void {
  count.restarts += status.restartCount ?? 0;
  count.lastRestart = later(count.lastRestart, status.lastState?.terminated?.finishedAt ?? undefined);
}

const later = (a: string | undefined, b: string | undefined): string | undefined =>
  a === undefined || (b !== undefined && b > a) ? b : a;

/** Init containers in order: the first that is not done decides. Sidecars (restartPolicy Always) count as ready containers. */
function summariseInit(pod: KubeObject) {
  const specs: { name: string; restartPolicy?: string }[] = pod.spec?.initContainers ?? [];
  const sidecarNames = new Set(specs.filter((each) => each.restartPolicy === 'Always').map((each) => each.name));
  const result = {
    all: { restarts: 0, lastRestart: undefined } as Count,
    sidecars: { restarts: 0, lastRestart: undefined } as Count,
    ready: 0,
    sidecarCount: sidecarNames.size,
    reason: undefined as string | undefined,
  };
  const statuses: ContainerStatus[] = pod.status?.initContainerStatuses ?? [];
  for (const [i, status] of statuses.entries()) {
    countRestart(result.all, status);
    const isSidecar = sidecarNames.has(status.name);
    if (isSidecar) countRestart(result.sidecars, status);
    const { terminated, waiting } = status.state ?? {};
    if (terminated !== undefined && (terminated.exitCode ?? 0) === 0) continue;
    if (isSidecar && status.started === true) {
      if (status.ready === true) result.ready++;
      continue;
    }
    if (terminated !== undefined) result.reason = `Init:${terminatedText(terminated)}`;
    else if (waiting?.reason && waiting.reason !== 'PodInitializing') result.reason = `Init:${waiting.reason}`;
    else result.reason = `Init:${i}/${specs.length}`;
    break;
  }
  return result;
}

function summariseMain(statuses: readonly ContainerStatus[]) {
  const count: Count = { restarts: 0, lastRestart: undefined };
  let reason: string | undefined;
  let ready = 0;
  let running = false;
  for (const status of [...statuses].reverse()) {
    countRestart(count, status);
    const { waiting, terminated } = status.state ?? {};
    if (waiting?.reason) reason = waiting.reason;
    else if (terminated !== undefined) reason = terminatedText(terminated);
    else if (status.ready === true && status.state?.running !== undefined) {
      running = true;
      ready++;
    }
  }
  return { count, reason, ready, running };
}

const terminatedText = ({ reason, signal, exitCode }: Terminated): string =>
  reason || (signal ? `Signal:${signal}` : `ExitCode:${exitCode ?? 0}`);

function hasCondition(pod: KubeObject, type: string): boolean {
  const conditions: { type: string; status: string }[] = pod.status?.conditions ?? [];
  return conditions.some((each) => each.type === type && each.status === 'True');
}
