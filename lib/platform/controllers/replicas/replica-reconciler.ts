import type { GroupVersionResource } from '../../api/verbs.ts';
import { keyOf } from '../../client/object-store.ts';
import { unlessGone } from '../api-errors.ts';
import type { Pod } from '../core-types.ts';
import type { ReconcileContext, ReconcileResult } from '../define-controller.ts';
import { PODS, refTo } from '../resources.ts';
import { sameJson } from '../same-json.ts';
import type { PodLedger } from './pod-ledger.ts';
import { ReplicaExecutor } from './replica-executor.ts';
import { ownerReference, type ReplicaOwner } from './replica-owner.ts';
import { planReplicas, type ReplicaPlan } from './replica-plan.ts';
import { nextAvailable, type ReplicaFailure, replicaStatus } from './replica-status.ts';

/** What differs between the kinds that keep a number of equal pods (ReplicationController, ReplicaSet). */
export interface ReplicaKind<T extends ReplicaOwner> {
  readonly of: GroupVersionResource;
  readonly matches: (owner: T) => (labels: Readonly<Record<string, string>> | undefined) => boolean;
}

/** Brings the pods of one owner to the number it wants, then tells its status. */
export async function reconcileReplicas<T extends ReplicaOwner>(
  key: string,
  kind: ReplicaKind<T>,
  ledger: PodLedger,
  context: ReconcileContext,
): Promise<ReconcileResult | void> {
  const { lister, client, clock } = context;
  const owner = lister<T>(kind.of).byKey(key);
  if (owner === undefined) {
    ledger.forget(key);
    return;
  }
  const namespace = owner.metadata.namespace!;
  const pods = await ledger.observe(key, namespace, lister<Pod>(PODS).list(namespace), client);
  const plan = planReplicas({ owner, replicas: owner.spec.replicas ?? 1, matches: kind.matches(owner), pods });
  await claim(owner, kind.of, plan, context);
  const outcome = await new ReplicaExecutor(owner, key, ledger, context).carryOut(plan);
  const minReadySeconds = owner.spec.minReadySeconds ?? 0;
  await writeStatus(owner, kind.of, plan.active, outcome.failure, context);
  if (outcome.error !== undefined) throw outcome.error;
  const requeueAfter = nextAvailable(plan.active, minReadySeconds, clock.now());
  return requeueAfter === undefined ? {} : { requeueAfter };
}

/** Adopts and releases. Each patch holds the version it saw, so that two controllers never both get a pod. */
async function claim(
  owner: ReplicaOwner,
  of: GroupVersionResource,
  plan: ReplicaPlan,
  { client }: ReconcileContext,
): Promise<void> {
  if (plan.adopt.length > 0) {
    // A cache that has missed our deletion must not adopt for someone who is gone.
    const live = await unlessGone(client.get(refTo(of, owner)));
    if (live?.metadata.uid !== owner.metadata.uid || live?.metadata.deletionTimestamp !== undefined)
      throw new Error(`cannot adopt pods: ${keyOf(owner)} is gone or being deleted`);
  }
  const reference = ownerReference(owner);
  const changes = [
    ...plan.adopt.map((pod) => ({ pod, owners: [...(pod.metadata.ownerReferences ?? []), reference] })),
    ...plan.release.map((pod) => ({
      pod,
      owners: pod.metadata.ownerReferences!.filter(({ uid }) => uid !== owner.metadata.uid),
    })),
  ];
  for (const { pod, owners } of changes) {
    const { uid, resourceVersion } = pod.metadata;
    const body = { metadata: { uid, resourceVersion, ownerReferences: owners } };
    await unlessGone(client.patch(refTo(PODS, pod), 'application/merge-patch+json', body));
  }
}

async function writeStatus(
  owner: ReplicaOwner,
  of: GroupVersionResource,
  active: readonly Pod[],
  failure: ReplicaFailure | undefined,
  { client, clock }: ReconcileContext,
): Promise<void> {
  const facts = {
    generation: owner.metadata.generation ?? 0,
    templateLabels: owner.spec.template?.metadata?.labels ?? {},
    minReadySeconds: owner.spec.minReadySeconds ?? 0,
  };
  const status = replicaStatus(active, facts, clock.now(), owner.status, failure);
  if (sameStatus(owner.status, status)) return;
  await unlessGone(client.update(refTo(of, owner, 'status'), { ...owner, status }));
}

/** A count that is not there is 0 (Go leaves zeroes out). */
function sameStatus(known: object | undefined, next: object): boolean {
  const zeroes = { replicas: 0, fullyLabeledReplicas: 0, readyReplicas: 0, availableReplicas: 0, observedGeneration: 0 };
  return known !== undefined && sameJson({ ...zeroes, ...known }, next);
}
