import { rfc3339 } from '../../common/clock.ts';
import { errorText } from '../../common/errors.ts';
import type { KubeObject } from '../api/meta.ts';
import type { GroupVersionResource } from '../api/verbs.ts';
import { keyOf } from '../client/object-store.ts';
import { unlessGone } from './api-errors.ts';
import { withCondition } from './conditions.ts';
import type { Pod } from './core-types.ts';
import { type ControllerDefinition, defineController, type ReconcileContext, type ReconcileResult } from './define-controller.ts';
import { type BudgetStatus, budgetStatus, type DisruptionBudget, needsScale } from './disruption/disruption-budget.ts';
import { selects } from './label-selector.ts';
import { controllerOf } from './ownership/claims.ts';
import {
  DEPLOYMENTS,
  POD_DISRUPTION_BUDGETS,
  PODS,
  refTo,
  REPLICA_SETS,
  REPLICATION_CONTROLLERS,
  STATEFUL_SETS,
} from './resources.ts';
import { sameJson } from './same-json.ts';

type Listers = Pick<ReconcileContext, 'lister'>;

/** Owners that say how many pods they want. */
const SCALABLE: Readonly<Record<string, GroupVersionResource>> = {
  ReplicationController: REPLICATION_CONTROLLERS,
  ReplicaSet: REPLICA_SETS,
  StatefulSet: STATEFUL_SETS,
  Deployment: DEPLOYMENTS,
};

/** Keeps the status of every disruption budget: what evictions are judged by. */
export function disruptionController(): ControllerDefinition {
  const resized = (object: KubeObject, old: KubeObject): boolean => object['spec']?.replicas !== old['spec']?.replicas;
  const ofNamespace = ({ metadata }: KubeObject, { lister }: Listers): readonly string[] =>
    lister<DisruptionBudget>(POD_DISRUPTION_BUDGETS).list(metadata.namespace).map(keyOf);
  return defineController({
    name: 'disruption-controller',
    component: 'controllermanager',
    for: POD_DISRUPTION_BUDGETS,
    watches: [
      {
        of: PODS,
        map: ({ metadata }, { lister }) =>
          lister<DisruptionBudget>(POD_DISRUPTION_BUDGETS)
            .list(metadata.namespace)
            .filter(({ spec }) => selects(spec.selector, metadata.labels))
            .map(keyOf),
      },
      ...Object.values(SCALABLE).map((of) => ({ of, map: ofNamespace, changed: resized })),
    ],
    concurrency: 2,
    reconcile,
  });
}

async function reconcile(key: string, context: ReconcileContext): Promise<ReconcileResult | void> {
  const { lister, clock, recorder } = context;
  const budget = lister<DisruptionBudget>(POD_DISRUPTION_BUDGETS).byKey(key);
  if (budget === undefined) return;
  const { namespace } = budget.metadata;
  const pods = lister<Pod>(PODS)
    .list(namespace)
    .filter((pod) => selects(budget.spec.selector, pod.metadata.labels));
  if (pods.length === 0) recorder.event(budget, 'Normal', 'NoPods', 'No matching pods found');
  let wanted = pods.length;
  try {
    if (needsScale(budget)) wanted = wantedByOwners(pods, context);
  } catch (error) {
    // Nobody knows how many there should be, so none may be taken.
    recorder.event(
      budget,
      'Warning',
      'CalculateExpectedPodCountFailed',
      `Failed to calculate the number of expected pods: ${errorText(error)}`,
    );
    const status = { ...budget.status, disruptionsAllowed: 0 };
    await writeStatus(budget, status, { status: 'False', reason: 'SyncFailed', message: errorText(error) }, context);
    return;
  }
  const { status, recheckAfter } = budgetStatus(budget, pods, wanted, clock.now());
  const enough = (status.disruptionsAllowed ?? 0) > 0;
  const reason = enough ? 'SufficientPods' : 'InsufficientPods';
  await writeStatus(budget, status, { status: enough ? 'True' : 'False', reason, message: '' }, context);
  return recheckAfter === undefined ? {} : { requeueAfter: recheckAfter };
}

/** Each owner counted once; pods that nobody owns count for nothing (kubernetes disruption getExpectedScale). */
function wantedByOwners(pods: readonly Pod[], { lister }: Listers): number {
  const owners = new Map<string, number>();
  for (const pod of pods) {
    let [owner, kind]: [KubeObject, string] = [pod, 'Pod'];
    for (let reference = controllerOf(owner); reference !== undefined; reference = controllerOf(owner)) {
      const of = Object.hasOwn(SCALABLE, reference.kind) ? SCALABLE[reference.kind] : undefined;
      const found = of && lister(of).get(pod.metadata.namespace, reference.name);
      if (found === undefined || found.metadata.uid !== reference.uid) {
        // A set whose deployment we do not know counts by itself.
        if (kind !== 'Pod') break;
        throw new Error(
          `${reference.apiVersion}/${reference.kind} ${reference.name} of pod ${pod.metadata.name} does not implement the scale subresource`,
        );
      }
      [owner, kind] = [found, reference.kind];
    }
    if (kind !== 'Pod') owners.set(owner.metadata.uid!, owner['spec']?.replicas ?? 1);
  }
  return [...owners.values()].reduce((sum, replicas) => sum + replicas, 0);
}

/** By compare-and-swap: an eviction that was allowed meanwhile must not be forgotten. */
async function writeStatus(
  budget: DisruptionBudget,
  status: BudgetStatus,
  condition: { status: 'True' | 'False'; reason: string; message: string },
  { client, clock }: ReconcileContext,
): Promise<void> {
  const observedGeneration = budget.metadata.generation ?? 0;
  const told = withCondition(budget.status?.conditions, { type: 'DisruptionAllowed', ...condition }, rfc3339(clock.now()));
  const conditions = told.map((one) => (one.type === 'DisruptionAllowed' ? { ...one, observedGeneration } : one));
  const zeroes = { disruptionsAllowed: 0, currentHealthy: 0, desiredHealthy: 0, expectedPods: 0 };
  const next = { ...zeroes, ...status, conditions };
  if (sameJson({ ...zeroes, ...budget.status }, next)) return;
  await unlessGone(client.update(refTo(POD_DISRUPTION_BUDGETS, budget, 'status'), { ...budget, status: next }));
}
