import type { KubeObject } from '../../api/meta.ts';
import { phaseOf, versionOf } from '../../api/openshift-apps/rollout-annotations.ts';
import type { PodTemplate } from '../core-types.ts';

/** core/v1, as deployment configs own them: one for each version. */
export interface ReplicationController extends KubeObject {
  spec: {
    replicas?: number;
    minReadySeconds?: number;
    selector?: Record<string, string>;
    template?: PodTemplate;
  };
  status?: {
    observedGeneration?: number;
    replicas?: number;
    readyReplicas?: number;
    availableReplicas?: number;
  };
}

/** One where none are named. */
export const sizeOf = ({ spec }: ReplicationController): number => spec.replicas ?? 1;

/** Newest first. */
export const byVersion = (controllers: readonly ReplicationController[]): ReplicationController[] =>
  controllers.toSorted((a, b) => versionOf(b) - versionOf(a));

/** Whose pods serve: the newest version that was brought about whole. */
export const activeOf = (controllers: readonly ReplicationController[]): ReplicationController | undefined =>
  byVersion(controllers).find((each) => phaseOf(each) === 'Complete');
