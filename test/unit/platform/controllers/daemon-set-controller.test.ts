import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { KubeObject } from '../../../../lib/platform/api/meta.ts';
import { isActive, isReady, type Pod } from '../../../../lib/platform/controllers/core-types.ts';
import { daemonSetController } from '../../../../lib/platform/controllers/daemon-set-controller.ts';
import type { DaemonSet } from '../../../../lib/platform/controllers/daemon/daemon-types.ts';
import { CONTROLLER_REVISIONS, DAEMON_SETS, NODES, PODS, refTo } from '../../../../lib/platform/controllers/resources.ts';
import type { ControllerRevision } from '../../../../lib/platform/controllers/revisions/revision-history.ts';
import { eventually } from '../../../support/eventually.ts';
import { letPodsRun } from '../../../support/let-pods-run.ts';
import { type ControllerRig, startControllers } from '../../../support/run-controllers.ts';

const SET: KubeObject = {
  apiVersion: 'apps/v1',
  kind: 'DaemonSet',
  metadata: { name: 'log', namespace: 'shop', annotations: { 'kubernetes.io/change-cause': 'why' } },
  spec: {
    selector: { matchLabels: { app: 'log' } },
    template: {
      metadata: { labels: { app: 'log' } },
      spec: { containers: [{ name: 'c', image: 'v1' }], nodeSelector: { disk: 'ssd' } },
    },
    updateStrategy: { type: 'RollingUpdate', rollingUpdate: { maxUnavailable: 1, maxSurge: 0 } },
    revisionHistoryLimit: 1,
  },
};
const node = (name: string, more: { labels?: object; taints?: object[] } = {}): KubeObject => ({
  apiVersion: 'v1',
  kind: 'Node',
  metadata: { name, labels: { disk: 'ssd', ...more.labels } },
  spec: { taints: more.taints ?? [] },
});

async function start(nodes: readonly string[], spec: object = {}): Promise<ControllerRig> {
  const rig = startControllers([daemonSetController()]);
  for (const name of nodes) await rig.create(NODES, node(name));
  await rig.create(DAEMON_SETS, { ...SET, spec: { ...SET['spec'], ...spec } });
  return rig;
}
const active = async (rig: ControllerRig): Promise<Pod[]> => (await rig.list<Pod>(PODS, 'shop')).filter(isActive);
const where = (pod: Pod): string =>
  pod.spec.affinity!.nodeAffinity!.requiredDuringSchedulingIgnoredDuringExecution!.nodeSelectorTerms![0]!.matchFields![0]!
    .values![0]!;
const image = (pod: Pod): string => pod.spec.containers[0]!.image!;
const status = async (rig: ControllerRig): Promise<NonNullable<DaemonSet['status']>> =>
  (await rig.list<DaemonSet>(DAEMON_SETS, 'shop'))[0]!.status ?? {};
const use = (rig: ControllerRig, version: string): Promise<KubeObject> =>
  rig.verbs.patch(refTo(DAEMON_SETS, SET), 'application/merge-patch+json', {
    spec: { template: { spec: { containers: [{ name: 'c', image: version }] } } },
  });
const settle = (rig: ControllerRig, version: string, nodes: readonly string[]): Promise<void> =>
  eventually(async () => {
    await letPodsRun(rig, 'shop');
    const pods = await active(rig);
    assert.deepEqual(pods.map(where).toSorted(), nodes);
    assert.ok(pods.every((pod) => image(pod) === version && isReady(pod)));
    const {
      desiredNumberScheduled: desired,
      updatedNumberScheduled: updated,
      numberAvailable: available,
      numberUnavailable,
    } = await status(rig);
    assert.deepEqual([desired, updated, available, numberUnavailable], [nodes.length, nodes.length, nodes.length, 0]);
  });

test('one pod on each node that it is for, by taints and labels, as they come and go', async () => {
  await using rig = await start(['a', 'b']);
  await rig.create(NODES, node('hdd', { labels: { disk: 'hdd' } }));
  await rig.create(NODES, node('tainted', { taints: [{ key: 'x', effect: 'NoSchedule' }] }));
  await rig.create(NODES, node('cordoned', { taints: [{ key: 'node.kubernetes.io/unschedulable', effect: 'NoSchedule' }] }));
  await settle(rig, 'v1', ['a', 'b', 'cordoned']);
  await rig.create(NODES, node('c'));
  await settle(rig, 'v1', ['a', 'b', 'c', 'cordoned']);
  // A pod that runs is not sent away by NoSchedule, but by a label that is gone.
  const set = (name: string, body: object): Promise<KubeObject> =>
    rig.verbs.patch({ ...NODES, name }, 'application/merge-patch+json', body);
  await set('a', { spec: { taints: [{ key: 'x', effect: 'NoSchedule' }] } });
  await eventually(async () => assert.equal((await status(rig)).numberMisscheduled, 1));
  assert.ok((await active(rig)).some((pod) => where(pod) === 'a'));
  await set('b', { metadata: { labels: { disk: 'hdd' } } });
  await eventually(async () => assert.deepEqual((await active(rig)).map(where).toSorted(), ['a', 'c', 'cordoned']));
});

test('rolls one node at a time, keeps its revisions, and a change back is a new one', async () => {
  const nodes = ['a', 'b', 'c'];
  await using rig = await start(nodes);
  await settle(rig, 'v1', nodes);
  await use(rig, 'v2');
  await eventually(async () => {
    const pods = await active(rig);
    assert.ok(pods.filter((pod) => isReady(pod)).length >= 2, 'two nodes at once');
    await letPodsRun(rig, 'shop');
    assert.ok(pods.length === 3 && pods.every((pod) => image(pod) === 'v2'));
  });
  await settle(rig, 'v2', nodes);
  const revisions = async (): Promise<[number, string][]> =>
    (await rig.list<ControllerRevision>(CONTROLLER_REVISIONS, 'shop'))
      .map(({ revision, data }): [number, string] => [revision, data.spec.template.spec.containers[0]!.image!])
      .toSorted(([a], [b]) => a - b);
  assert.deepEqual(await revisions(), [
    [1, 'v1'],
    [2, 'v2'],
  ]);
  const [first] = await rig.list<ControllerRevision>(CONTROLLER_REVISIONS, 'shop');
  assert.equal(first!.data.spec.template.$patch, 'replace');
  assert.equal(first!.metadata.annotations!['kubernetes.io/change-cause'], 'why');
  await use(rig, 'v1');
  await settle(rig, 'v1', nodes);
  assert.deepEqual(await revisions(), [
    [2, 'v2'],
    [3, 'v1'],
  ]);
  await use(rig, 'v3');
  await settle(rig, 'v3', nodes);
  await eventually(async () =>
    assert.deepEqual(await revisions(), [
      [3, 'v1'],
      [4, 'v3'],
    ]),
  );
});

test('with a surge the new pod is ready before the old one goes', async () => {
  await using rig = await start(['a', 'b'], {
    updateStrategy: { type: 'RollingUpdate', rollingUpdate: { maxUnavailable: 0, maxSurge: 1 } },
  });
  await settle(rig, 'v1', ['a', 'b']);
  await use(rig, 'v2');
  await eventually(async () => {
    const pods = await active(rig);
    assert.equal(new Set(pods.filter((pod) => isReady(pod)).map(where)).size, 2);
    assert.ok(pods.length <= 3);
    await letPodsRun(rig, 'shop');
    assert.ok(pods.length === 2 && pods.every((pod) => image(pod) === 'v2'));
  });
});

test('OnDelete replaces what someone deletes; a failed pod is told of and replaced', async () => {
  await using rig = await start(['a', 'b'], { updateStrategy: { type: 'OnDelete' } });
  await settle(rig, 'v1', ['a', 'b']);
  await use(rig, 'v2');
  await eventually(async () => assert.equal((await status(rig)).observedGeneration, 2));
  const [first, second] = (await active(rig)) as [Pod, Pod];
  assert.ok([first, second].every((pod) => image(pod) === 'v1'));
  await rig.verbs.delete(refTo(PODS, first));
  await eventually(async () => assert.deepEqual((await active(rig)).map(image).toSorted(), ['v1', 'v2']));
  await rig.setStatus(PODS, second, { phase: 'Failed' });
  await eventually(async () => assert.deepEqual((await active(rig)).map(image), ['v2', 'v2']));
  await eventually(async () =>
    assert.ok((await rig.events()).some((event) => event.startsWith('FailedDaemonPod Found failed daemon pod shop/log-'))),
  );
});
