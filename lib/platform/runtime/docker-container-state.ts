import type { ContainerInspectInfo } from 'dockerode';
import type { ContainerState } from './container-runtime.ts';

/** Docker writes year 1 for "never". Milliseconds since the epoch. */
function time(text: string | undefined): number | undefined {
  const ms = text === undefined ? Number.NaN : Date.parse(text);
  return Number.isNaN(ms) || ms <= 0 ? undefined : ms;
}

/** The kernel's, in microseconds. */
const DEFAULT_PERIOD = 100_000;

/** Docker's words for a container's state, as the three that the CRI has. */
export function statusOf(state: string): ContainerState['status'] {
  if (state === 'running' || state === 'paused' || state === 'restarting') return 'running';
  return state === 'created' ? 'created' : 'exited';
}

/** What became of a container that never ran: no success, whatever exit code Docker shows for it. */
const NEVER_RAN = { exitCode: 128, error: 'the container was taken away before it ran' };

/**
 * A container that could not be started stays "created" in Docker, with an exit code and an error: that is an end, too
 * (dockershim: ContainerStatus, "container cannot be started"). So is one that is being removed, or whose removal failed ("dead"), and that
 * never ran: Docker has exit code 0 for it.
 */
export function containerState(info: ContainerInspectInfo): ContainerState {
  const { State: state } = info;
  const startedAt = time(state.StartedAt);
  const createdAt = time(info.Created) ?? 0;
  const error = (state.Error ?? '') === '' ? undefined : state.Error;
  const failedToStart = state.Status === 'created' && (state.ExitCode !== 0 || error !== undefined);
  const status = failedToStart ? 'exited' : statusOf(state.Status);
  const neverRan = status === 'exited' && startedAt === undefined;
  return {
    id: info.Id,
    name: info.Name.replace(/^\//, ''),
    image: info.Config.Image,
    imageId: info.Image,
    labels: info.Config.Labels ?? {},
    status,
    pid: state.Pid,
    createdAt,
    startedAt: neverRan ? createdAt : startedAt,
    finishedAt: neverRan ? createdAt : status === 'exited' ? time(state.FinishedAt) : undefined,
    exitCode: neverRan ? state.ExitCode || NEVER_RAN.exitCode : status === 'exited' ? state.ExitCode : undefined,
    oomKilled: state.OOMKilled,
    limits: {
      cpuShares: info.HostConfig.CpuShares ?? 0,
      cpuQuota: Math.max(0, info.HostConfig.CpuQuota ?? 0),
      cpuPeriod: info.HostConfig.CpuPeriod || DEFAULT_PERIOD,
      memoryBytes: info.HostConfig.Memory ?? 0,
    },
    error: error ?? (neverRan ? NEVER_RAN.error : undefined),
  };
}
