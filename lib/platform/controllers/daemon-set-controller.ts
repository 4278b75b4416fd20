import type { KubeObject } from '../api/meta.ts';
import { keyOf } from '../client/object-store.ts';
import { unlessGone } from './api-errors.ts';
import type { Node, Pod } from './core-types.ts';
import { daemonPod } from './daemon/daemon-pods.ts';
import { daemonStatus, type DaemonView, planDaemons } from './daemon/daemon-plan.ts';
import type { DaemonSet, DaemonSetStatus } from './daemon/daemon-types.ts';
import { type ControllerDefinition, defineController, type ReconcileContext, type ReconcileResult } from './define-controller.ts';
import { selects } from './label-selector.ts';
import { carryOutClaims, controllerOf, planClaims } from './ownership/claims.ts';
import { PodControl } from './replicas/pod-control.ts';
import { PodLedger } from './replicas/pod-ledger.ts';
import { nextAvailable } from './replicas/replica-status.ts';
import { CONTROLLER_REVISIONS, DAEMON_SETS, NODES, PODS, refTo } from './resources.ts';
import { ensureRevision, hashOf, removeOldRevisions, REVISION_HASH } from './revisions/revision-history.ts';
import { sameJson } from './same-json.ts';

/** ms between two rounds that replace pods which ended by themselves. */
const FAILED_PAUSE = 1000;

/** Keeps one pod of every daemon set on each node that it is for. */
export function daemonSetController(): ControllerDefinition {
  const ledger = new PodLedger();
  const lastFailures = new Map<string, number>();
  return defineController({
    name: 'daemon-set-controller',
    component: 'daemonset-controller',
    for: DAEMON_SETS,
    owns: [PODS, CONTROLLER_REVISIONS],
    watches: [
      { of: NODES, map: (_node, { lister }) => lister<DaemonSet>(DAEMON_SETS).list().map(keyOf), changed: nodeChanged },
      {
        of: PODS,
        map: (pod, { lister }) =>
          controllerOf(pod) !== undefined
            ? []
            : lister<DaemonSet>(DAEMON_SETS)
                .list(pod.metadata.namespace)
                .filter(({ spec }) => selects(spec.selector, pod.metadata.labels))
                .map(keyOf),
      },
    ],
    concurrency: 2,
    reconcile: (key, context) => reconcile(key, ledger, lastFailures, context),
  });
}

/** Heartbeats move nothing. */
const nodeChanged = (node: KubeObject, old: KubeObject): boolean =>
  !sameJson(node.metadata.labels, old.metadata.labels) || !sameJson(node['spec'], old['spec']);

async function reconcile(
  key: string,
  ledger: PodLedger,
  lastFailures: Map<string, number>,
  context: ReconcileContext,
): Promise<ReconcileResult | void> {
  const { lister, client, clock } = context;
  const daemonSet = lister<DaemonSet>(DAEMON_SETS).byKey(key);
  if (daemonSet === undefined) {
    ledger.forget(key);
    lastFailures.delete(key);
    return;
  }
  const namespace = daemonSet.metadata.namespace!;
  const observed = await ledger.observe(key, namespace, lister<Pod>(PODS).list(namespace), client);
  const claims = planClaims(daemonSet, ({ metadata }) => selects(daemonSet.spec.selector, metadata.labels), observed);
  await carryOutClaims(daemonSet, DAEMON_SETS, claims, PODS, context);
  if (daemonSet.metadata.deletionTimestamp !== undefined) return;
  const history = await ensureRevision(daemonSet, DAEMON_SETS, context);
  const hash = hashOf(history.current);
  const view: DaemonView = { daemonSet, nodes: lister<Node>(NODES).list(), pods: claims.owned, hash, now: clock.now() };
  const plan = planDaemons(view);
  const wait = plan.ended.length === 0 ? 0 : (lastFailures.get(key) ?? -Infinity) + FAILED_PAUSE - view.now;
  const ended = wait > 0 ? [] : plan.ended;
  if (ended.length > 0) lastFailures.set(key, view.now);
  tellEnded(daemonSet, ended, context);
  const control = new PodControl(daemonSet, key, ledger, context);
  const made = plan.create.map((node) => daemonPod(daemonSet, node, hash));
  const error = (await control.remove([...plan.remove, ...ended])) ?? (await control.create(made));
  await writeStatus(daemonSet, daemonStatus(view), context);
  if (error !== undefined) throw error;
  await removeOldRevisions(daemonSet, history, new Set([hash, ...view.pods.map(revisionOf)]), context);
  const waits = [nextAvailable(view.pods, daemonSet.spec.minReadySeconds ?? 0, view.now) ?? Infinity, wait > 0 ? wait : Infinity];
  return Math.min(...waits) === Infinity ? {} : { requeueAfter: Math.min(...waits) };
}

const revisionOf = ({ metadata }: Pod): string => metadata.labels?.[REVISION_HASH] ?? '';

function tellEnded(daemonSet: DaemonSet, pods: readonly Pod[], { recorder }: ReconcileContext): void {
  for (const { metadata, spec, status } of pods) {
    const which = `daemon pod ${metadata.namespace}/${metadata.name} on node ${spec.nodeName}`;
    if (status?.phase === 'Failed')
      recorder.event(daemonSet, 'Warning', 'FailedDaemonPod', `Found failed ${which}, will try to kill it`);
    else recorder.event(daemonSet, 'Normal', 'SucceededDaemonPod', `Found succeeded ${which}, will try to delete it`);
  }
}

async function writeStatus(daemonSet: DaemonSet, status: DaemonSetStatus, { client }: ReconcileContext): Promise<void> {
  const zeroes = Object.fromEntries(Object.entries(status).filter(([, value]) => value === 0));
  if (sameJson({ ...zeroes, ...daemonSet.status }, status)) return;
  await unlessGone(client.update(refTo(DAEMON_SETS, daemonSet, 'status'), { ...daemonSet, status }));
}
