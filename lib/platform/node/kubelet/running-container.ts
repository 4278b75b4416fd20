import type { ContainerState } from '../../runtime/container-runtime.ts';
import { limitsToChange } from './allocation/container-resources.ts';
import { containerHash, LABEL } from './container-labels.ts';
import type { Container } from './types/container-types.ts';

/** Why a running container is stopped; the messages become Killing events. */
export type KillReason = 'definition-changed' | 'liveness' | 'startup' | 'resize' | 'orphan';

/** What a running container needs. */
export type Verdict = 'nothing' | 'other-limits' | { readonly kill: KillReason; readonly why: string };

export interface RunningFacts {
  /** The probe that has given up on a running container. */
  readonly failedProbe: (id: string) => 'liveness' | 'startup' | undefined;
  /** Whether the engine has been told already what a running container may use: what it does not do, it cannot. */
  readonly isResized: (id: string, container: Container) => boolean;
}

/** Pure. `container` as its pod has it now, `state` as it runs. */
export function judgeRunning(container: Container, state: ContainerState, facts: RunningFacts): Verdict {
  if (state.labels[LABEL.hash] !== undefined && state.labels[LABEL.hash] !== containerHash(container))
    return { kill: 'definition-changed', why: 'definition changed' };
  const probe = facts.failedProbe(state.id);
  if (probe !== undefined) return { kill: probe, why: `failed ${probe} probe` };
  const changed = limitsToChange(container, state.limits);
  if (changed.length === 0 || facts.isResized(state.id, container)) return 'nothing';
  const restarts = (container.resizePolicy ?? []).filter(({ restartPolicy }) => restartPolicy === 'RestartContainer');
  if (restarts.some(({ resourceName }) => (changed as readonly string[]).includes(resourceName)))
    return { kill: 'resize', why: 'resize requires restart' };
  return 'other-limits';
}
