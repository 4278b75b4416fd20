import type { LabelSelector } from './core-types.ts';
import type { ControllerDefinition } from './define-controller.ts';
import { selects } from './label-selector.ts';
import { replicaController } from './replicas/replica-controller.ts';
import type { ReplicaOwner } from './replicas/replica-owner.ts';
import type { ReplicaStatus } from './replicas/replica-status.ts';
import { REPLICA_SETS } from './resources.ts';

export interface ReplicaSet extends ReplicaOwner {
  spec: ReplicaOwner['spec'] & { selector?: LabelSelector };
  status?: ReplicaOwner['status'] & Partial<ReplicaStatus>;
}

/** Keeps `spec.replicas` pods of `spec.template` for every replica set. */
export const replicaSetController = (): ControllerDefinition =>
  replicaController<ReplicaSet>(
    { name: 'replica-set-controller', component: 'replicaset-controller' },
    {
      of: REPLICA_SETS,
      matches:
        ({ spec }) =>
        (labels) =>
          selects(spec.selector, labels),
    },
  );
