import type { ContainerState } from '../../runtime/container-runtime.ts';
import { attemptOf, containerNameOf, isSandbox, podUidOf, sandboxIdOf } from './container-labels.ts';

/** What the engine has of one pod. Newest first in each list. */
export interface ObservedPod {
  readonly uid: string;
  readonly sandboxes: readonly ContainerState[];
  readonly containers: ReadonlyMap<string, readonly ContainerState[]>;
}

/** Later attempts are newer; two of the same attempt (a create that was cut off and repeated) go by time. */
const newestFirst = (a: ContainerState, b: ContainerState): number => attemptOf(b) - attemptOf(a) || b.createdAt - a.createdAt;

/** A pod's sandboxes and containers among all that the engine has, the newest first. */
export function observePod(uid: string, states: readonly ContainerState[]): ObservedPod {
  const own = states.filter((state) => podUidOf(state) === uid).sort(newestFirst);
  const containers = new Map<string, ContainerState[]>();
  for (const state of own) {
    if (isSandbox(state)) continue;
    const name = containerNameOf(state);
    const list = containers.get(name);
    if (list === undefined) containers.set(name, [state]);
    else list.push(state);
  }
  return { uid, sandboxes: own.filter(isSandbox), containers };
}

/** The newest container of that name, whichever sandbox it lived in. */
export const latest = (observed: ObservedPod, name: string): ContainerState | undefined => observed.containers.get(name)?.[0];

/** The newest container of that name that lives in this sandbox. */
export const latestIn = (observed: ObservedPod, name: string, sandboxId: string): ContainerState | undefined =>
  observed.containers.get(name)?.find((state) => sandboxIdOf(state) === sandboxId);

/** The one that holds the pod's namespaces now. */
export const runningSandbox = (observed: ObservedPod): ContainerState | undefined =>
  observed.sandboxes.find((state) => state.status === 'running');

/** Those that run now. */
export function runningContainers(observed: ObservedPod): ContainerState[] {
  return [...observed.containers.values()].flat().filter((state) => state.status === 'running');
}

/** Sandboxes and containers alike. */
export const allStates = (observed: ObservedPod): ContainerState[] => [
  ...observed.sandboxes,
  ...[...observed.containers.values()].flat(),
];
