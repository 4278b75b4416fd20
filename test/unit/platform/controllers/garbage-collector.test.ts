import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { KubeList, KubeObject, OwnerReference, WatchEvent } from '../../../../lib/platform/api/meta.ts';
import type { ResourceRef, WatchOptions } from '../../../../lib/platform/api/verbs.ts';
import { garbageCollector } from '../../../../lib/platform/controllers/garbage-collector.ts';
import { planGarbage } from '../../../../lib/platform/controllers/garbage/garbage-plan.ts';
import type { KindInfo } from '../../../../lib/platform/controllers/kind-info.ts';
import { CONFIG_MAPS, NAMESPACES, PODS, refTo, REPLICATION_CONTROLLERS } from '../../../../lib/platform/controllers/resources.ts';
import { eventually } from '../../../support/eventually.ts';
import { FakeVerbs } from '../../../support/fake-verbs.ts';
import { type ControllerRig, startControllers } from '../../../support/run-controllers.ts';

const KINDS: readonly KindInfo[] = [
  { ...REPLICATION_CONTROLLERS, kind: 'ReplicationController', namespaced: true },
  { ...PODS, kind: 'Pod', namespaced: true },
  { ...CONFIG_MAPS, kind: 'ConfigMap', namespaced: true },
  { ...NAMESPACES, kind: 'Namespace', namespaced: false },
];

const owner = (of: KubeObject, more: Partial<OwnerReference> = {}): OwnerReference => ({
  apiVersion: of.apiVersion,
  kind: of.kind,
  name: of.metadata.name!,
  uid: of.metadata.uid!,
  ...more,
});
const rc = (rig: ControllerRig, name: string): Promise<KubeObject> =>
  rig.create(REPLICATION_CONTROLLERS, {
    apiVersion: 'v1',
    kind: 'ReplicationController',
    metadata: { name, namespace: 'a' },
    spec: {},
  });
const pod = (rig: ControllerRig, name: string, ownerReferences: OwnerReference[]): Promise<KubeObject> =>
  rig.create(PODS, { apiVersion: 'v1', kind: 'Pod', metadata: { name, namespace: 'a', ownerReferences }, spec: {} });
const map = (rig: ControllerRig, name: string, ownerReferences: OwnerReference[]): Promise<KubeObject> =>
  rig.create(CONFIG_MAPS, { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name, namespace: 'a', ownerReferences } });
const names = async (rig: ControllerRig): Promise<string[]> => {
  const all = await Promise.all([REPLICATION_CONTROLLERS, PODS, CONFIG_MAPS].map((of) => rig.list(of)));
  return all.flat().map(({ metadata }) => metadata.name!);
};
const settle = async (): Promise<void> => {
  for (let n = 0; n < 20; n++) await new Promise((resolve) => setImmediate(resolve));
};

test('what to do follows from the states of the owners', () => {
  const object: KubeObject = { apiVersion: 'v1', kind: 'Pod', metadata: { name: 'p' } };
  const at = (state: 'solid' | 'absent' | 'waiting'): { reference: OwnerReference; state: typeof state } => ({
    reference: { apiVersion: 'v1', kind: 'X', name: state, uid: state },
    state,
  });
  assert.deepEqual(planGarbage(object, [], true), { step: 'keep' });
  assert.deepEqual(planGarbage(object, [at('solid')], true), { step: 'keep' });
  assert.deepEqual(planGarbage(object, [at('solid'), at('absent')], true), {
    step: 'dropReferences',
    keep: [at('solid').reference],
  });
  assert.deepEqual(planGarbage(object, [at('absent')], true), { step: 'delete', policy: 'Background' });
  assert.deepEqual(planGarbage(object, [at('waiting')], true), { step: 'delete', policy: 'Foreground' });
  assert.deepEqual(planGarbage(object, [at('waiting')], false), { step: 'delete', policy: 'Background' });
});

test('what belonged to a deleted owner goes, along the whole chain; what has another owner stays without the reference', async () => {
  await using rig = startControllers([garbageCollector(KINDS)]);
  const [gone, stays] = [await rc(rig, 'gone'), await rc(rig, 'stays')];
  const child = await pod(rig, 'child', [owner(gone)]);
  await map(rig, 'grandchild', [owner(child)]);
  await pod(rig, 'shared', [owner(gone), owner(stays)]);
  await pod(rig, 'free', []);
  await settle();
  assert.equal((await names(rig)).length, 6);
  await rig.verbs.delete(refTo(REPLICATION_CONTROLLERS, gone));
  await eventually(async () => assert.deepEqual(await names(rig), ['stays', 'free', 'shared']));
  const shared = (await rig.list(PODS)).find(({ metadata }) => metadata.name === 'shared')!;
  await eventually(async () =>
    assert.deepEqual((await rig.verbs.get(refTo(PODS, shared))).metadata.ownerReferences, [owner(stays)]),
  );
});

test('an owner that never was, or another of the same name, is no owner; one of an unknown kind is left alone', async () => {
  await using rig = startControllers([garbageCollector(KINDS)]);
  const live = await rc(rig, 'web');
  await pod(rig, 'never', [owner(live, { name: 'nobody', uid: 'x' })]);
  await pod(rig, 'namesake', [owner(live, { uid: 'old' })]);
  await pod(rig, 'foreign', [owner(live, { apiVersion: 'example.com/v1', kind: 'Thing', uid: 'y' })]);
  await pod(rig, 'mine', [owner(live)]);
  await eventually(async () => assert.deepEqual(await names(rig), ['web', 'foreign', 'mine']));
});

/** A server whose replication controllers reach no cache. */
class LateVerbs extends FakeVerbs {
  override async list<T extends KubeObject>(ref: ResourceRef): Promise<KubeList<T>> {
    const list = await super.list<T>(ref);
    return ref.resource === REPLICATION_CONTROLLERS.resource && this.late ? { ...list, items: [] } : list;
  }
  override async *watch<T extends KubeObject>(ref: ResourceRef, options: WatchOptions): AsyncGenerator<WatchEvent<T>> {
    for await (const event of super.watch<T>(ref, options)) if (ref.resource !== REPLICATION_CONTROLLERS.resource) yield event;
  }
  late = true;
}

test('a cache that is behind deletes nothing: the server is asked', async () => {
  const verbs = new LateVerbs();
  await using rig = startControllers([garbageCollector(KINDS)], verbs);
  const live = await rc(rig, 'web');
  await pod(rig, 'mine', [owner(live)]);
  await settle();
  verbs.late = false;
  assert.deepEqual(await names(rig), ['web', 'mine']);
});

test('foreground: the owner waits for the dependents that block it', async () => {
  await using rig = startControllers([garbageCollector(KINDS)]);
  const top = await rc(rig, 'top');
  const blocker = await rig.create(PODS, {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: {
      name: 'blocker',
      namespace: 'a',
      ownerReferences: [owner(top, { blockOwnerDeletion: true })],
      finalizers: ['hold'],
    },
    spec: {},
  });
  await pod(rig, 'loose', [owner(top)]);
  await settle();
  await rig.verbs.delete(refTo(REPLICATION_CONTROLLERS, top), { propagationPolicy: 'Foreground' });
  await eventually(async () => assert.deepEqual(await names(rig), ['top', 'blocker']));
  await settle();
  const held = await rig.verbs.get(refTo(PODS, blocker));
  assert.ok(held.metadata.deletionTimestamp);
  await rig.verbs.patch(refTo(PODS, blocker), 'application/merge-patch+json', { metadata: { finalizers: [] } });
  await eventually(async () => assert.deepEqual(await names(rig), []));
});

test('orphan: the dependents stay and forget their owner', async () => {
  await using rig = startControllers([garbageCollector(KINDS)]);
  const top = await rc(rig, 'top');
  await pod(rig, 'child', [owner(top)]);
  await settle();
  await rig.verbs.delete(refTo(REPLICATION_CONTROLLERS, top), { propagationPolicy: 'Orphan' });
  await eventually(async () => assert.deepEqual(await names(rig), ['child']));
  assert.deepEqual((await rig.list(PODS))[0]!.metadata.ownerReferences, []);
});

test('owners that were deleted while nobody looked are noticed at the start', async () => {
  const verbs = new FakeVerbs();
  const before = startControllers([], verbs);
  await pod(before, 'left', [{ apiVersion: 'v1', kind: 'ReplicationController', name: 'gone', uid: 'gone' }]);
  await before[Symbol.asyncDispose]();
  await using rig = startControllers([garbageCollector(KINDS)], verbs);
  await eventually(async () => assert.deepEqual(await names(rig), []));
});
