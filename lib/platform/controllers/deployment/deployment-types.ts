import type { KubeObject } from '../../api/meta.ts';
import type { Condition, LabelSelector, PodTemplate } from '../core-types.ts';

export interface DeploymentCondition extends Condition {
  lastUpdateTime?: string;
}

export interface DeploymentStatus {
  observedGeneration?: number;
  replicas?: number;
  updatedReplicas?: number;
  readyReplicas?: number;
  availableReplicas?: number;
  unavailableReplicas?: number;
  collisionCount?: number;
  conditions?: DeploymentCondition[];
}

/** apps/v1 Deployment, as far as its controller looks at it; the API server has filled the defaults. */
export interface Deployment extends KubeObject {
  spec: {
    replicas?: number;
    selector: LabelSelector;
    template: PodTemplate;
    minReadySeconds?: number;
    paused?: boolean;
    revisionHistoryLimit?: number;
    progressDeadlineSeconds?: number;
    strategy?: { type?: string; rollingUpdate?: { maxSurge?: number | string; maxUnavailable?: number | string } };
  };
  status?: DeploymentStatus;
}

/** One where none are named. */
export const replicasOf = ({ spec }: { spec: { replicas?: number } }): number => spec.replicas ?? 1;

/** The sum of what `count` says of each. */
export const sum = <T>(items: Iterable<T>, count: (item: T) => number): number => {
  let total = 0;
  for (const item of items) total += count(item);
  return total;
};
