import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { KubeObject } from '../../../../lib/platform/api/meta.ts';
import type { Node, Pod, Toleration } from '../../../../lib/platform/controllers/core-types.ts';
import { nodeLifecycleController } from '../../../../lib/platform/controllers/node-lifecycle-controller.ts';
import { evictionTime } from '../../../../lib/platform/controllers/node-lifecycle/eviction.ts';
import { taintsFor } from '../../../../lib/platform/controllers/node-lifecycle/node-taints.ts';
import { podGarbageController } from '../../../../lib/platform/controllers/pod-garbage-controller.ts';
import { LEASES, NODES, PODS, refTo } from '../../../../lib/platform/controllers/resources.ts';
import { eventually } from '../../../support/eventually.ts';
import { FakeVerbs } from '../../../support/fake-verbs.ts';
import { type ControllerRig, startControllers } from '../../../support/run-controllers.ts';

const node = (name: string, conditions: object[] = [{ type: 'Ready', status: 'True', reason: 'KubeletReady' }]): Node =>
  ({ apiVersion: 'v1', kind: 'Node', metadata: { name }, spec: {}, status: { conditions } }) as Node;
const lease = (name: string): KubeObject => ({
  apiVersion: 'coordination.k8s.io/v1',
  kind: 'Lease',
  metadata: { name, namespace: 'kube-node-lease' },
  spec: { renewTime: '0' },
});
const pod = (name: string, nodeName: string, tolerations: Toleration[] = []): KubeObject => ({
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: { name, namespace: 'a' },
  spec: { nodeName, containers: [], tolerations },
  status: { phase: 'Running', conditions: [{ type: 'Ready', status: 'True' }] },
});

async function beat(rig: ControllerRig, name: string): Promise<void> {
  const ref = { ...LEASES, namespace: 'kube-node-lease', name };
  await rig.verbs.patch(ref, 'application/merge-patch+json', { spec: { renewTime: String(rig.verbs.clock.now()) } });
}

/** Lets time pass in steps of heartbeats of the nodes that live. */
async function pass(rig: ControllerRig, seconds: number, living: string[]): Promise<void> {
  for (let n = 0; n < seconds; n += 5) {
    for (const name of living) await beat(rig, name);
    await rig.verbs.clock.advance(5_000);
  }
}

const taints = async (rig: ControllerRig, name: string): Promise<string[]> =>
  ((await rig.verbs.get<Node>({ ...NODES, name })).spec?.taints ?? []).map(({ key, effect }) => `${key.split('/')[1]}:${effect}`);
const readiness = async (rig: ControllerRig, of: typeof NODES, name: string): Promise<string> => {
  const ref = of === PODS ? { ...PODS, namespace: 'a', name } : { ...of, name };
  return (await rig.verbs.get(ref))['status'].conditions.find((one: { type: string }) => one.type === 'Ready').status;
};

async function cluster(verbs: FakeVerbs, names: string[]): Promise<ControllerRig> {
  const rig = startControllers([nodeLifecycleController()], verbs);
  for (const name of names) {
    await rig.create(NODES, node(name));
    await rig.create(LEASES, lease(name));
  }
  return rig;
}

test('conditions become taints, and taints of others stay', () => {
  const keys = (one: Node, evict = true): string[] => taintsFor(one, evict, 'now').map(({ key, effect }) => `${key}:${effect}`);
  assert.deepEqual(keys(node('n')), []);
  assert.deepEqual(keys(node('n', [])), ['node.kubernetes.io/not-ready:NoSchedule', 'node.kubernetes.io/not-ready:NoExecute']);
  assert.deepEqual(keys(node('n', [{ type: 'Ready', status: 'Unknown' }]), false), ['node.kubernetes.io/unreachable:NoSchedule']);
  const pressed = node('n', [
    { type: 'Ready', status: 'True' },
    { type: 'DiskPressure', status: 'True' },
  ]);
  const spec = {
    unschedulable: true,
    taints: [
      { key: 'mine', effect: 'NoExecute' as const },
      { key: 'node.kubernetes.io/not-ready', effect: 'NoExecute' as const },
    ],
  };
  assert.deepEqual(keys({ ...pressed, spec }), [
    'mine:NoExecute',
    'node.kubernetes.io/disk-pressure:NoSchedule',
    'node.kubernetes.io/unschedulable:NoSchedule',
  ]);
});

test('a pod leaves when the shortest of its tolerations is over', () => {
  const lost = { key: 'node.kubernetes.io/unreachable', effect: 'NoExecute', timeAdded: '1970-01-01T00:00:00Z' } as const;
  const at = (tolerations: Toleration[], taint: object = lost): number | undefined =>
    evictionTime(pod('p', 'n', tolerations) as Pod, [{ ...lost, ...taint }], 5);
  assert.equal(at([]), 300_000);
  assert.equal(at([], { key: 'mine' }), 5);
  assert.equal(at([{ operator: 'Exists' }]), undefined);
  assert.equal(at([{ operator: 'Exists', tolerationSeconds: 60 }]), 60_000);
  assert.equal(at([{ operator: 'Exists' }, { key: lost.key, operator: 'Exists', tolerationSeconds: 10 }]), 10_000);
});

test('a node that falls silent is taken for lost after 40 s, its pods leave after 300 s; one that is heard is left alone', async () => {
  const verbs = new FakeVerbs();
  await using rig = await cluster(verbs, ['dead', 'alive']);
  await rig.create(PODS, pod('p', 'dead'));
  await rig.create(PODS, pod('q', 'alive'));
  await rig.create(PODS, pod('stays', 'dead', [{ operator: 'Exists' }]));
  await pass(rig, 40, ['alive']);
  assert.equal(await readiness(rig, NODES, 'dead'), 'True');
  await pass(rig, 10, ['alive']);
  assert.equal(await readiness(rig, NODES, 'dead'), 'Unknown');
  assert.equal(await readiness(rig, PODS, 'p'), 'False');
  assert.deepEqual(await taints(rig, 'dead'), ['unreachable:NoSchedule', 'unreachable:NoExecute']);
  assert.deepEqual([await readiness(rig, NODES, 'alive'), await readiness(rig, PODS, 'q')], ['True', 'True']);
  assert.deepEqual(await taints(rig, 'alive'), []);
  await pass(rig, 280, ['alive']);
  const leaving = async (): Promise<string[]> =>
    (await rig.list(PODS))
      .filter(({ metadata }) => metadata.deletionTimestamp !== undefined)
      .map(({ metadata }) => metadata.name!);
  assert.deepEqual(await leaving(), []);
  await pass(rig, 20, ['alive']);
  assert.deepEqual(await leaving(), ['p']);
  await eventually(async () => assert.ok((await rig.events()).includes('TaintManagerEviction Marking for deletion Pod a/p')));

  await rig.setStatus(NODES, node('dead'), { conditions: [{ type: 'Ready', status: 'True', reason: 'KubeletReady' }] });
  await eventually(async () => assert.deepEqual(await taints(rig, 'dead'), []));
});

test('when no node is heard nobody is moved: it is we who are cut off', async () => {
  const verbs = new FakeVerbs();
  await using rig = await cluster(verbs, ['only']);
  await rig.create(PODS, pod('p', 'only'));
  await pass(rig, 600, []);
  assert.equal(await readiness(rig, NODES, 'only'), 'Unknown');
  assert.deepEqual(await taints(rig, 'only'), ['unreachable:NoSchedule']);
  assert.equal((await rig.list(PODS))[0]!.metadata.deletionTimestamp, undefined);
});

test('a fresh start and a machine that slept give every node its grace again', async () => {
  const verbs = new FakeVerbs();
  const before = await cluster(verbs, ['n']);
  await before[Symbol.asyncDispose]();
  await verbs.clock.advance(3_600_000);
  await using rig = startControllers([nodeLifecycleController()], verbs);
  await pass(rig, 35, []);
  assert.equal(await readiness(rig, NODES, 'n'), 'True');
  await beat(rig, 'n');
  await pass(rig, 5, []);
});

test('pods of a node that is gone for good are removed, so are those deleted before they got one', async () => {
  const verbs = new FakeVerbs();
  await using rig = startControllers([podGarbageController()], verbs);
  const gone = await rig.create(NODES, node('gone'));
  await rig.create(NODES, node('here'));
  await rig.create(PODS, pod('a', 'gone'));
  await rig.create(PODS, pod('b', 'here'));
  const waiting = await rig.create(PODS, pod('c', ''));
  await rig.verbs.delete(refTo(PODS, waiting), { gracePeriodSeconds: 30 });
  await rig.verbs.delete(refTo(NODES, gone));
  await verbs.clock.advance(20_000);
  assert.deepEqual(
    (await rig.list(PODS)).map(({ metadata }) => metadata.name),
    ['a', 'b'],
  );
  await verbs.clock.advance(40_000);
  await eventually(async () =>
    assert.deepEqual(
      (await rig.list(PODS)).map(({ metadata }) => metadata.name),
      ['b'],
    ),
  );
});

test('a clock that is set forward or back neither loses a node nor hides that it is lost', async () => {
  await using rig = await cluster(new FakeVerbs(), ['a', 'b']);
  await pass(rig, 20, ['a', 'b']);
  rig.verbs.clock.set(rig.verbs.clock.now() + 3 * 3_600_000);
  await pass(rig, 20, ['a', 'b']);
  assert.deepEqual([await readiness(rig, NODES, 'a'), await readiness(rig, NODES, 'b')], ['True', 'True']);
  rig.verbs.clock.set(rig.verbs.clock.now() - 6 * 3_600_000);
  await pass(rig, 60, ['b']);
  assert.deepEqual([await readiness(rig, NODES, 'a'), await readiness(rig, NODES, 'b')], ['Unknown', 'True']);
});
