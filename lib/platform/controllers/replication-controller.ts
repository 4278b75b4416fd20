import { keyOf } from '../client/object-store.ts';
import { hasLabels } from './core-types.ts';
import { type ControllerDefinition, defineController } from './define-controller.ts';
import { PodLedger } from './replicas/pod-ledger.ts';
import type { ReplicaOwner } from './replicas/replica-owner.ts';
import { reconcileReplicas, type ReplicaKind } from './replicas/replica-reconciler.ts';
import { PODS, REPLICATION_CONTROLLERS } from './resources.ts';

interface ReplicationController extends ReplicaOwner {
  spec: ReplicaOwner['spec'] & { selector?: Record<string, string> };
}

/** An empty selector selects nothing: the API server fills it from the template before it ever gets here. */
const matches = ({
  spec: { selector = {} },
}: ReplicationController): ReturnType<ReplicaKind<ReplicationController>['matches']> =>
  Object.keys(selector).length === 0 ? () => false : (labels) => hasLabels(labels, selector);

const KIND: ReplicaKind<ReplicationController> = { of: REPLICATION_CONTROLLERS, matches };

/** Keeps `spec.replicas` pods of `spec.template` for every replication controller. */
export function replicationController(): ControllerDefinition {
  const ledger = new PodLedger();
  return defineController({
    name: 'replication-controller',
    for: REPLICATION_CONTROLLERS,
    owns: [PODS],
    watches: [
      {
        // A pod without a controller may be one that a selector takes in.
        of: PODS,
        map: ({ metadata }, { lister }) =>
          metadata.ownerReferences?.some((owner) => owner.controller === true) === true
            ? []
            : lister<ReplicationController>(REPLICATION_CONTROLLERS)
                .list(metadata.namespace)
                .filter((owner) => matches(owner)(metadata.labels))
                .map(keyOf),
      },
    ],
    concurrency: 5,
    reconcile: (key, context) => reconcileReplicas(key, KIND, ledger, context),
  });
}
