import { keyOf } from '../../client/object-store.ts';
import { type ControllerDefinition, defineController } from '../define-controller.ts';
import { controllerOf } from '../ownership/claims.ts';
import { PODS } from '../resources.ts';
import { PodLedger } from './pod-ledger.ts';
import type { ReplicaOwner } from './replica-owner.ts';
import { reconcileReplicas, type ReplicaKind } from './replica-reconciler.ts';

/** A controller that keeps `spec.replicas` pods of `spec.template` for every object of a kind. */
export function replicaController<T extends ReplicaOwner>(
  names: Pick<ControllerDefinition, 'name' | 'component'>,
  kind: ReplicaKind<T>,
): ControllerDefinition {
  const ledger = new PodLedger();
  return defineController({
    ...names,
    for: kind.of,
    owns: [PODS],
    watches: [
      {
        // A pod without a controller may be one that a selector takes in.
        of: PODS,
        map: (pod, { lister }) =>
          controllerOf(pod) !== undefined
            ? []
            : lister<T>(kind.of)
                .list(pod.metadata.namespace)
                .filter((owner) => kind.matches(owner)(pod.metadata.labels))
                .map(keyOf),
      },
    ],
    concurrency: 5,
    reconcile: (key, context) => reconcileReplicas(key, kind, ledger, context),
  });
}
