import { keyOf } from '../client/object-store.ts';
import { unlessGone } from './api-errors.ts';
import type { Pod } from './core-types.ts';
import { type ControllerDefinition, defineController, type ReconcileContext, type ReconcileResult } from './define-controller.ts';
import { selects } from './label-selector.ts';
import { carryOutClaims, controllerOf, planClaims } from './ownership/claims.ts';
import { PodControl, type PodWords } from './replicas/pod-control.ts';
import { PodLedger } from './replicas/pod-ledger.ts';
import { nextAvailable } from './replicas/replica-status.ts';
import { CONTROLLER_REVISIONS, PERSISTENT_VOLUME_CLAIMS, PODS, refTo, STATEFUL_SETS } from './resources.ts';
import { ensureRevision, type History, removeOldRevisions, REVISION_HASH } from './revisions/revision-history.ts';
import { sameJson } from './same-json.ts';
import { ensureClaims, settleRetention } from './stateful/stateful-claims.ts';
import { planStateful, statefulStatus, type StatefulView } from './stateful/stateful-plan.ts';
import { ordinalOf, statefulPod } from './stateful/stateful-pods.ts';
import type { StatefulSet, StatefulSetStatus } from './stateful/stateful-types.ts';

/** Keeps the numbered pods of every stateful set: each with its name and its claims, whenever it is made again. */
export function statefulSetController(): ControllerDefinition {
  const ledger = new PodLedger();
  return defineController({
    name: 'stateful-set-controller',
    component: 'statefulset-controller',
    for: STATEFUL_SETS,
    owns: [PODS, CONTROLLER_REVISIONS],
    watches: [
      {
        of: PODS,
        map: (pod, { lister }) =>
          controllerOf(pod) !== undefined
            ? []
            : lister<StatefulSet>(STATEFUL_SETS)
                .list(pod.metadata.namespace)
                .filter((set) => isMember(set, pod as Pod))
                .map(keyOf),
      },
      { of: PERSISTENT_VOLUME_CLAIMS, map: () => [], changed: () => false },
    ],
    concurrency: 5,
    reconcile: (key, context) => reconcile(key, ledger, context),
  });
}

const isMember = (set: StatefulSet, pod: Pod): boolean =>
  selects(set.spec.selector, pod.metadata.labels) && ordinalOf(set, pod) !== undefined;

async function reconcile(key: string, ledger: PodLedger, context: ReconcileContext): Promise<ReconcileResult | void> {
  const { lister, client, clock } = context;
  const set = lister<StatefulSet>(STATEFUL_SETS).byKey(key);
  if (set === undefined) return ledger.forget(key);
  const namespace = set.metadata.namespace!;
  const observed = await ledger.observe(key, namespace, lister<Pod>(PODS).list(namespace), client);
  const claims = planClaims(set, (pod) => isMember(set, pod), observed);
  await carryOutClaims(set, STATEFUL_SETS, claims, PODS, context);
  await settleRetention(set, claims.owned, context);
  if (set.metadata.deletionTimestamp !== undefined) return;
  const history = await ensureRevision(set, STATEFUL_SETS, context);
  const view = look(set, claims.owned, history, clock.now());
  const error = await carryOut(key, view, history, ledger, context);
  const status = statefulStatus(view);
  await writeStatus(set, status, context);
  if (error !== undefined) throw error;
  const inUse = [
    ...view.pods.map(({ metadata }) => metadata.labels?.[REVISION_HASH] ?? ''),
    view.currentRevision,
    view.updateRevision,
  ];
  await removeOldRevisions(set, history, new Set(inUse), context);
  const requeueAfter = nextAvailable(view.pods, set.spec.minReadySeconds ?? 0, view.now);
  return requeueAfter === undefined ? {} : { requeueAfter };
}

function look(set: StatefulSet, pods: readonly Pod[], { current, all }: History, now: number): StatefulView {
  const updateRevision = current.metadata.name!;
  const told = set.status?.currentRevision;
  // Someone may have deleted the revision that the status names.
  const currentRevision = all.some(({ metadata }) => metadata.name === told) ? told! : updateRevision;
  return { set, pods, currentRevision, updateRevision, now };
}

/** What events say of its pods (kubernetes: StatefulPodControl recordPodEvent). */
function wordsOf({ metadata: { name } }: StatefulSet): PodWords {
  return {
    created: (pod) => `create Pod ${pod} in StatefulSet ${name} successful`,
    notCreated: (pod, error) => `create Pod ${pod} in StatefulSet ${name} failed error: ${error}`,
    deleted: (pod) => `delete Pod ${pod} in StatefulSet ${name} successful`,
    notDeleted: (pod, error) => `delete Pod ${pod} in StatefulSet ${name} failed error: ${error}`,
  };
}

async function carryOut(
  key: string,
  view: StatefulView,
  { all }: History,
  ledger: PodLedger,
  context: ReconcileContext,
): Promise<unknown> {
  const { set } = view;
  const plan = planStateful(view);
  const control = new PodControl(set, key, ledger, context, wordsOf(set));
  const failed = await control.remove(plan.remove);
  if (failed !== undefined) return failed;
  for (const { ordinal } of plan.create) await ensureClaims(set, ordinal, context);
  const made = plan.create.map(({ ordinal, revision }) => {
    const template = all.find(({ metadata }) => metadata.name === revision)?.data.spec.template ?? set.spec.template;
    return statefulPod(set, ordinal, template, revision);
  });
  return control.create(made);
}

async function writeStatus(set: StatefulSet, status: StatefulSetStatus, { client }: ReconcileContext): Promise<void> {
  const zeroes = Object.fromEntries(Object.entries(status).filter(([, value]) => value === 0));
  if (sameJson({ ...zeroes, ...set.status }, status)) return;
  await unlessGone(client.update(refTo(STATEFUL_SETS, set, 'status'), { ...set, status }));
}
