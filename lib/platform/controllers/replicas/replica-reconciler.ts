import { errorText } from '../../../common/errors.ts';
import type { GroupVersionResource } from '../../api/verbs.ts';
import { unlessGone } from '../api-errors.ts';
import type { Pod } from '../core-types.ts';
import type { ReconcileContext, ReconcileResult } from '../define-controller.ts';
import { carryOutClaims } from '../ownership/claims.ts';
import { PODS, refTo } from '../resources.ts';
import { sameJson } from '../same-json.ts';
import type { PodLedger } from './pod-ledger.ts';
import { PodControl, podFromTemplate } from './pod-control.ts';
import type { ReplicaOwner } from './replica-owner.ts';
import { planReplicas } from './replica-plan.ts';
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
  await carryOutClaims(owner, kind.of, plan, PODS, context);
  const control = new PodControl(owner, key, ledger, context);
  const error =
    plan.create > 0
      ? await control.create(Array.from({ length: plan.create }, () => podFromTemplate(owner, owner.spec.template)))
      : await control.remove(plan.remove);
  const failure: ReplicaFailure | undefined =
    error === undefined ? undefined : { reason: plan.create > 0 ? 'FailedCreate' : 'FailedDelete', message: errorText(error) };
  const minReadySeconds = owner.spec.minReadySeconds ?? 0;
  await writeStatus(owner, kind.of, plan.active, failure, context);
  if (error !== undefined) throw error;
  const requeueAfter = nextAvailable(plan.active, minReadySeconds, clock.now());
  return requeueAfter === undefined ? {} : { requeueAfter };
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
