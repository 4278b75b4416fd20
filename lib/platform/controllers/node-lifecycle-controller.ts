import { rfc3339 } from '../../common/clock.ts';
import { unlessGone } from './api-errors.ts';
import { conditionOf, isFinished, isReady, type Node, type Pod } from './core-types.ts';
import { type ControllerDefinition, defineController, type ReconcileContext, type ReconcileResult } from './define-controller.ts';
import { evictionTime } from './node-lifecycle/eviction.ts';
import { CHECK_EVERY, GRACE, NodeHealth, unknownConditions } from './node-lifecycle/node-health.ts';
import { taintsFor } from './node-lifecycle/node-taints.ts';
import { LEASES, NODES, PODS, refTo } from './resources.ts';
import { sameJson } from './same-json.ts';

const LEASE_NAMESPACE = 'kube-node-lease';

/** Notices nodes that have fallen silent, keeps new pods off them, and moves their pods elsewhere once it is sure. */
export function nodeLifecycleController(): ControllerDefinition {
  const health = new NodeHealth();
  return defineController({
    name: 'node-lifecycle-controller',
    component: 'node-controller',
    for: NODES,
    watches: [
      { of: LEASES, map: () => [], changed: () => false },
      // A pod bound to a node that is tainted already has its own time to leave.
      { of: PODS, map: (pod) => ((pod as Pod).spec.nodeName ? [(pod as Pod).spec.nodeName!] : []), changed: wasBound },
    ],
    concurrency: 2,
    reconcile: (name, context) => reconcile(name, health, context),
  });
}

const wasBound = (pod: object, old: object): boolean => (pod as Pod).spec.nodeName !== (old as Pod).spec.nodeName;

async function reconcile(name: string, health: NodeHealth, context: ReconcileContext): Promise<ReconcileResult | void> {
  const { lister, clock } = context;
  const nodes = lister<Node>(NODES);
  const cached = nodes.byKey(name);
  if (cached === undefined) {
    health.forget(name);
    return;
  }
  if (!health.knows(name)) {
    const message = `Node ${name} event: Registered Node ${name} in Controller`;
    context.recorder.event(cached, 'Normal', 'RegisteredNode', message);
  }
  const silence = health.silence(cached, lister(LEASES).get(LEASE_NAMESPACE, name), clock.monotonic());
  let node = cached;
  if (silence > GRACE) node = await declareLost(node, context);
  // When no node is heard, it is we who are cut off, or the only machine that restarts: nobody is moved then.
  const anyReady = nodes.list().some((other) => (other.metadata.name === name ? isReady(node) : isReady(other)));
  node = await setTaints(node, anyReady, context);
  if (!isReady(node)) await markPodsNotReady(node, context);
  const nextEviction = await evict(node, context);
  return { requeueAfter: Math.min(CHECK_EVERY, nextEviction ?? Infinity) };
}

async function declareLost(node: Node, { client, clock, recorder, log }: ReconcileContext): Promise<Node> {
  const conditions = unknownConditions(node, rfc3339(clock.now()));
  if (sameJson(byType(conditions), byType(node.status?.conditions ?? []))) return node;
  const wasReady = isReady(node);
  const updated = await client.update<Node>(refTo(NODES, node, 'status'), { ...node, status: { ...node.status, conditions } });
  log.warn({ node: node.metadata.name }, 'node is silent, taken for lost');
  if (wasReady) recorder.event(node, 'Normal', 'NodeNotReady', `Node ${node.metadata.name} status is now: NodeNotReady`);
  return updated;
}

const byType = (conditions: readonly { type: string }[]): object => Object.fromEntries(conditions.map((one) => [one.type, one]));

async function setTaints(node: Node, evict: boolean, { client, clock }: ReconcileContext): Promise<Node> {
  const taints = taintsFor(node, evict, rfc3339(clock.now()));
  if (taints === node.spec?.taints || (taints.length === 0 && node.spec?.taints === undefined)) return node;
  return client.update<Node>(refTo(NODES, node), { ...node, spec: { ...node.spec, taints: [...taints] } });
}

const podsOn = (node: Node, { lister }: ReconcileContext): Pod[] =>
  lister<Pod>(PODS)
    .list()
    .filter((pod) => pod.spec.nodeName === node.metadata.name && !isFinished(pod));

/** The pods of a node that is not heard must not get traffic, and nobody but us can say so. */
async function markPodsNotReady(node: Node, context: ReconcileContext): Promise<void> {
  if (conditionOf(node.status?.conditions, 'Ready')?.status !== 'Unknown') return;
  const { client, clock, recorder } = context;
  for (const pod of podsOn(node, context)) {
    const conditions = pod.status?.conditions ?? [];
    if (!isReady(pod)) continue;
    const lastTransitionTime = rfc3339(clock.now());
    const marked = conditions.map((one) => (one.type === 'Ready' ? { ...one, status: 'False', lastTransitionTime } : one));
    recorder.event(pod, 'Warning', 'NodeNotReady', 'Node is not ready');
    await unlessGone(client.update(refTo(PODS, pod, 'status'), { ...pod, status: { ...pod.status, conditions: marked } }));
  }
}

/** Deletes the pods whose time on this node is over; tells how long until the next one's, in ms. */
async function evict(node: Node, context: ReconcileContext): Promise<number | undefined> {
  const taints = (node.spec?.taints ?? []).filter(({ effect }) => effect === 'NoExecute');
  if (taints.length === 0) return undefined;
  const { client, clock, recorder } = context;
  let next: number | undefined;
  for (const pod of podsOn(node, context)) {
    if (pod.metadata.deletionTimestamp !== undefined) continue;
    const at = evictionTime(pod, taints, clock.now());
    if (at === undefined) continue;
    const wait = at - clock.now();
    if (wait > 0) {
      next = Math.min(next ?? Infinity, wait);
      continue;
    }
    const { namespace, name, uid } = pod.metadata;
    recorder.event(pod, 'Normal', 'TaintManagerEviction', `Marking for deletion Pod ${namespace}/${name}`);
    await unlessGone(client.delete(refTo(PODS, pod), { preconditions: { uid: uid! } }));
  }
  return next;
}
