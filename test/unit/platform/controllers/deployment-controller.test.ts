import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { KubeObject } from '../../../../lib/platform/api/meta.ts';
import { newForbidden } from '../../../../lib/platform/api/status-error.ts';
import { isActive, type Pod } from '../../../../lib/platform/controllers/core-types.ts';
import { deploymentController } from '../../../../lib/platform/controllers/deployment-controller.ts';
import type { Deployment } from '../../../../lib/platform/controllers/deployment/deployment-types.ts';
import { type ReplicaSet, replicaSetController } from '../../../../lib/platform/controllers/replica-set-controller.ts';
import { DEPLOYMENTS, PODS, refTo, REPLICA_SETS } from '../../../../lib/platform/controllers/resources.ts';
import { eventually } from '../../../support/eventually.ts';
import { letPodsRun } from '../../../support/let-pods-run.ts';
import { type ControllerRig, startControllers } from '../../../support/run-controllers.ts';

const WEB: KubeObject = {
  apiVersion: 'apps/v1',
  kind: 'Deployment',
  metadata: { name: 'web', namespace: 'shop', annotations: { 'kubernetes.io/change-cause': 'first' } },
  spec: {
    replicas: 4,
    selector: { matchLabels: { app: 'web' } },
    template: { metadata: { labels: { app: 'web' } }, spec: { containers: [{ name: 'c', image: 'v1' }] } },
    strategy: { type: 'RollingUpdate', rollingUpdate: { maxSurge: 1, maxUnavailable: 1 } },
    revisionHistoryLimit: 10,
    progressDeadlineSeconds: 600,
  },
};
const REVISION = 'deployment.kubernetes.io/revision';

const start = (): ControllerRig => startControllers([replicaSetController(), deploymentController()]);
const web = async (rig: ControllerRig): Promise<Deployment> => (await rig.list<Deployment>(DEPLOYMENTS, 'shop'))[0]!;
const sets = (rig: ControllerRig): Promise<ReplicaSet[]> => rig.list<ReplicaSet>(REPLICA_SETS, 'shop');
const active = async (rig: ControllerRig): Promise<Pod[]> => (await rig.list<Pod>(PODS, 'shop')).filter(isActive);
const image = (object: Pod | ReplicaSet): string =>
  ('template' in object.spec ? (object as ReplicaSet).spec.template! : (object as Pod)).spec.containers[0]!.image!;
const sizes = async (rig: ControllerRig): Promise<Record<string, number>> =>
  Object.fromEntries((await sets(rig)).map((set) => [image(set), set.spec.replicas ?? 1]));
const condition = async (rig: ControllerRig, type: string): Promise<string | undefined> => {
  const found = (await web(rig)).status?.conditions?.find((each) => each.type === type);
  return found && `${found.status} ${found.reason}: ${found.message}`;
};

async function change(rig: ControllerRig, spec: object): Promise<void> {
  await rig.verbs.patch(refTo(DEPLOYMENTS, WEB), 'application/merge-patch+json', { spec });
}
const use = (rig: ControllerRig, version: string): Promise<void> =>
  change(rig, { template: { spec: { containers: [{ name: 'c', image: version }] } } });

/** Until the deployment is at this image and whole. */
async function settle(rig: ControllerRig, version: string): Promise<void> {
  await eventually(async () => {
    await letPodsRun(rig, 'shop');
    const { spec, status, metadata } = await web(rig);
    assert.equal(status?.observedGeneration, metadata.generation);
    assert.deepEqual([status?.updatedReplicas, status?.replicas, status?.availableReplicas], Array(3).fill(spec.replicas));
    assert.ok((await active(rig)).every((pod) => image(pod) === version));
  });
}

test('makes a replica set with the hash of its template, and tells of its progress', async () => {
  await using rig = start();
  const owner = await rig.create(DEPLOYMENTS, WEB);
  await settle(rig, 'v1');
  const [set] = await sets(rig);
  const hash = set!.metadata.labels!['pod-template-hash']!;
  assert.match(hash, /^[bcdfghjklmnpqrstvwxz2456789]{1,10}$/);
  assert.equal(set!.metadata.name, `web-${hash}`);
  assert.deepEqual(set!.spec.selector, { matchLabels: { app: 'web', 'pod-template-hash': hash } });
  assert.equal(set!.metadata.ownerReferences![0]!.uid, owner.metadata.uid);
  assert.deepEqual(set!.metadata.annotations, {
    'kubernetes.io/change-cause': 'first',
    [REVISION]: '1',
    'deployment.kubernetes.io/desired-replicas': '4',
    'deployment.kubernetes.io/max-replicas': '5',
  });
  assert.ok((await active(rig)).every((pod) => pod.metadata.labels!['pod-template-hash'] === hash));
  assert.equal((await web(rig)).metadata.annotations![REVISION], '1');
  await eventually(async () =>
    assert.equal(
      await condition(rig, 'Progressing'),
      `True NewReplicaSetAvailable: ReplicaSet "web-${hash}" has successfully progressed.`,
    ),
  );
  assert.equal(await condition(rig, 'Available'), 'True MinimumReplicasAvailable: Deployment has minimum availability.');
  assert.ok((await rig.events()).includes(`ScalingReplicaSet Scaled up replica set web-${hash} from 0 to 4`));
});

test('rolls to a new template without ever having fewer available or more pods than allowed, and back again', async () => {
  await using rig = start();
  await rig.create(DEPLOYMENTS, WEB);
  await settle(rig, 'v1');
  await use(rig, 'v2');
  let rounds = 0;
  await eventually(async () => {
    const pods = await active(rig);
    assert.ok(pods.length <= 5, `${pods.length} pods`);
    assert.ok(pods.filter((pod) => pod.status?.conditions?.length).length >= 3, 'too few are available');
    rounds++;
    // One at a time, so that every state on the way is looked at.
    const next = pods.find((pod) => !pod.status?.conditions?.length);
    if (next !== undefined) await letPodsRun(rig, 'shop', (pod) => pod.metadata.name === next.metadata.name);
    assert.deepEqual(await sizes(rig), { v1: 0, v2: 4 });
  });
  assert.ok(rounds > 3);
  await settle(rig, 'v2');
  assert.equal((await web(rig)).metadata.annotations![REVISION], '2');
  await use(rig, 'v1');
  await settle(rig, 'v1');
  const first = (await sets(rig)).find((set) => image(set) === 'v1')!;
  assert.equal((await sets(rig)).length, 2, 'the old set is used again');
  assert.equal(first.metadata.annotations![REVISION], '3');
  assert.equal(first.metadata.annotations!['deployment.kubernetes.io/revision-history'], '1');
});

test('a rollout whose pods do not get ready stops at its limits and is told after its deadline', async () => {
  await using rig = start();
  await rig.create(DEPLOYMENTS, WEB);
  await settle(rig, 'v1');
  await use(rig, 'broken');
  await eventually(async () => assert.deepEqual(await sizes(rig), { v1: 3, broken: 2 }));
  await eventually(async () => assert.match((await condition(rig, 'Progressing')) ?? '', /^True ReplicaSetUpdated/));
  await rig.verbs.clock.advance(590_000);
  assert.match((await condition(rig, 'Progressing')) ?? '', /^True/);
  await rig.verbs.clock.advance(20_000);
  await eventually(async () =>
    assert.match(
      (await condition(rig, 'Progressing')) ?? '',
      /^False ProgressDeadlineExceeded: ReplicaSet "web-\w+" has timed out progressing\.$/,
    ),
  );
  assert.deepEqual(await sizes(rig), { v1: 3, broken: 2 });
  await use(rig, 'v1');
  await settle(rig, 'v1');
});

test('paused: a change makes nothing until it is resumed, and a change of size is shared out', async () => {
  await using rig = start();
  await rig.create(DEPLOYMENTS, WEB);
  await settle(rig, 'v1');
  await change(rig, { paused: true });
  await eventually(async () =>
    assert.equal(await condition(rig, 'Progressing'), 'Unknown DeploymentPaused: Deployment is paused'),
  );
  await use(rig, 'v2');
  await change(rig, { replicas: 6 });
  await eventually(async () => assert.deepEqual(await sizes(rig), { v1: 6 }));
  await change(rig, { paused: false });
  await settle(rig, 'v2');
  assert.equal((await active(rig)).length, 6);
});

test('a rollout that is scaled on its way keeps its proportions', async () => {
  await using rig = start();
  await rig.create(DEPLOYMENTS, {
    ...WEB,
    spec: {
      ...WEB['spec'],
      replicas: 10,
      strategy: { type: 'RollingUpdate', rollingUpdate: { maxSurge: 3, maxUnavailable: 2 } },
    },
  });
  await settle(rig, 'v1');
  await use(rig, 'broken');
  await eventually(async () => assert.deepEqual(await sizes(rig), { v1: 8, broken: 5 }));
  await change(rig, { replicas: 15 });
  // Kubernetes' own example: 18 pods in all, 8:5 stays 11:7.
  await eventually(async () => assert.deepEqual(await sizes(rig), { v1: 11, broken: 7 }));
});

test('recreate: no new pod while an old one runs, even one on its way out', async () => {
  await using rig = start();
  await rig.create(DEPLOYMENTS, { ...WEB, spec: { ...WEB['spec'], replicas: 2, strategy: { type: 'Recreate' } } });
  await eventually(async () => assert.equal((await active(rig)).length, 2));
  for (const pod of await active(rig)) await rig.verbs.update(refTo(PODS, pod), { ...pod, spec: { ...pod.spec, nodeName: 'n' } });
  await settle(rig, 'v1');
  await use(rig, 'v2');
  await eventually(async () => assert.equal((await active(rig)).length, 0));
  await eventually(async () => assert.equal((await web(rig)).status!.observedGeneration, 2));
  assert.deepEqual(await sizes(rig), { v1: 0 });
  await settle(rig, 'v2');
});

test('keeps as many old revisions as it is told, the newest', async () => {
  await using rig = start();
  await rig.create(DEPLOYMENTS, { ...WEB, spec: { ...WEB['spec'], revisionHistoryLimit: 1 } });
  for (const version of ['v1', 'v2', 'v3', 'v4']) {
    await use(rig, version);
    await settle(rig, version);
  }
  await eventually(async () => assert.deepEqual(Object.keys(await sizes(rig)).toSorted(), ['v3', 'v4']));
});

test('a set that cannot be made is told as the reason, and made later', async () => {
  await using rig = start();
  rig.verbs.reject = (action, ref) =>
    action === 'create' && ref.resource === 'replicasets' ? newForbidden(ref, 'web', 'exceeded quota') : undefined;
  await rig.create(DEPLOYMENTS, WEB);
  await eventually(async () =>
    assert.match(
      (await condition(rig, 'Progressing')) ?? '',
      /^False ReplicaSetCreateError: Failed to create new replica set "web-\w+": .*exceeded quota/,
    ),
  );
  rig.verbs.reject = () => undefined;
  await rig.verbs.clock.advance(60_000);
  await settle(rig, 'v1');
});

test('takes in what an earlier deployment left, under whatever name, and leaves its pods as they are', async () => {
  await using rig = start();
  await rig.create(DEPLOYMENTS, WEB);
  await settle(rig, 'v1');
  await rig.verbs.delete(refTo(DEPLOYMENTS, WEB));
  const [{ metadata, ...left }] = (await sets(rig)) as [ReplicaSet];
  await rig.verbs.delete(refTo(REPLICA_SETS, { metadata, ...left }));
  const named = { name: 'web-other', namespace: 'shop', labels: metadata.labels! };
  const orphan = await rig.create(REPLICA_SETS, { ...left, metadata: named });
  const ofOrphan = async (): Promise<(string | undefined)[]> =>
    (await active(rig)).filter(({ metadata: { name } }) => name!.startsWith('web-other')).map((pod) => pod.metadata.uid);
  const before = await eventually(async () => {
    const found = await ofOrphan();
    assert.equal(found.length, 4);
    return found;
  });
  const owner = await rig.create(DEPLOYMENTS, WEB);
  await settle(rig, 'v1');
  const [adopted, ...others] = await sets(rig);
  assert.deepEqual([adopted!.metadata.uid, others], [orphan.metadata.uid, []]);
  assert.equal(adopted!.metadata.ownerReferences![0]!.uid, owner.metadata.uid);
  assert.deepEqual(await ofOrphan(), before);
});

test('another object with the name that the hash gives is stepped aside for', async () => {
  await using rig = start();
  await rig.create(DEPLOYMENTS, WEB);
  await settle(rig, 'v1');
  const [set] = await sets(rig);
  await rig.verbs.delete(refTo(DEPLOYMENTS, WEB));
  await rig.verbs.delete(refTo(REPLICA_SETS, set!));
  for (const pod of await active(rig)) await rig.verbs.delete(refTo(PODS, pod));
  const { uid: _uid, resourceVersion: _version, ownerReferences: _owners, ...metadata } = set!.metadata;
  const foreign = [{ apiVersion: 'v1', kind: 'X', name: 'x', uid: 'x', controller: true }];
  await rig.create(REPLICA_SETS, {
    ...set!,
    metadata: { ...metadata, ownerReferences: foreign },
    spec: { ...set!.spec, replicas: 0 },
  });
  await rig.create(DEPLOYMENTS, WEB);
  await eventually(async () => {
    await rig.verbs.clock.advance(1000);
    await letPodsRun(rig, 'shop');
    const status = (await web(rig)).status;
    assert.deepEqual([status?.collisionCount, status?.availableReplicas], [1, 4]);
  });
  assert.equal((await sets(rig)).length, 2);
});
