import { hasLabels } from './core-types.ts';
import type { ControllerDefinition } from './define-controller.ts';
import { replicaController } from './replicas/replica-controller.ts';
import type { ReplicaOwner } from './replicas/replica-owner.ts';
import type { ReplicaKind } from './replicas/replica-reconciler.ts';
import { REPLICATION_CONTROLLERS } from './resources.ts';

interface ReplicationController extends ReplicaOwner {
  spec: ReplicaOwner['spec'] & { selector?: Record<string, string> };
}

/** An empty selector selects nothing: the API server fills it from the template before it ever gets here. */
const matches = ({
  spec: { selector = {} },
}: ReplicationController): ReturnType<ReplicaKind<ReplicationController>['matches']> =>
  Object.keys(selector).length === 0 ? () => false : (labels) => hasLabels(labels, selector);

/** Keeps `spec.replicas` pods of `spec.template` for every replication controller. */
export const replicationController = (): ControllerDefinition =>
  replicaController({ name: 'replication-controller' }, { of: REPLICATION_CONTROLLERS, matches });
