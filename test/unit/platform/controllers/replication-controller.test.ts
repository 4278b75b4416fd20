import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { KubeObject } from '../../../../lib/platform/api/meta.ts';
import { newForbidden, newServiceUnavailable } from '../../../../lib/platform/api/status-error.ts';
import { isActive, type Pod } from '../../../../lib/platform/controllers/core-types.ts';
import { replicationController } from '../../../../lib/platform/controllers/replication-controller.ts';
import { PODS, refTo, REPLICATION_CONTROLLERS } from '../../../../lib/platform/controllers/resources.ts';
import { eventually } from '../../../support/eventually.ts';
import { FakeVerbs } from '../../../support/fake-verbs.ts';
import { startControllers, type ControllerRig } from '../../../support/run-controllers.ts';

const rc = (replicas: number, more: object = {}): KubeObject => ({
  apiVersion: 'v1',
  kind: 'ReplicationController',
  metadata: { name: 'web', namespace: 'shop' },
  spec: {
    replicas,
    selector: { app: 'web' },
    template: {
      metadata: { labels: { app: 'web' }, annotations: { note: 'x' } },
      spec: { containers: [{ name: 'c', image: 'i' }] },
    },
    ...more,
  },
});

const pods = (rig: ControllerRig): Promise<Pod[]> => rig.list<Pod>(PODS, 'shop');
const active = async (rig: ControllerRig): Promise<Pod[]> => (await pods(rig)).filter((pod) => isActive(pod));
const status = async (rig: ControllerRig): Promise<Record<string, unknown>> =>
  (await rig.list(REPLICATION_CONTROLLERS, 'shop'))[0]!['status'] as Record<string, unknown>;

async function scale(rig: ControllerRig, replicas: number): Promise<void> {
  const live = (await rig.list(REPLICATION_CONTROLLERS, 'shop'))[0]!;
  await rig.verbs.update(refTo(REPLICATION_CONTROLLERS, live), { ...live, spec: { ...live['spec'], replicas } });
}

const ready = (rig: ControllerRig, since?: string): object => ({
  phase: 'Running',
  conditions: [{ type: 'Ready', status: 'True', lastTransitionTime: since ?? new Date(rig.verbs.clock.now()).toISOString() }],
});

test('makes the pods of its template, tells of each, and counts them', async () => {
  await using rig = startControllers([replicationController()]);
  const owner = await rig.create(REPLICATION_CONTROLLERS, rc(3));
  await eventually(async () => (await pods(rig)).length === 3);
  const [pod] = await pods(rig);
  assert.ok(pod!.metadata.generateName === 'web-' && pod!.metadata.name!.startsWith('web-'));
  assert.deepEqual(pod!.metadata.labels, { app: 'web' });
  assert.deepEqual(pod!.metadata.annotations, { note: 'x' });
  assert.deepEqual(pod!.metadata.ownerReferences, [
    {
      apiVersion: 'v1',
      kind: 'ReplicationController',
      name: 'web',
      uid: owner.metadata.uid,
      controller: true,
      blockOwnerDeletion: true,
    },
  ]);
  await rig.setStatus(PODS, pod!, ready(rig));
  const wanted = { replicas: 3, fullyLabeledReplicas: 3, readyReplicas: 1, availableReplicas: 1, observedGeneration: 1 };
  await eventually(async () => assert.deepEqual(await status(rig), wanted));
  const names = (await pods(rig)).map(({ metadata }) => `SuccessfulCreate Created pod: ${metadata.name}`);
  await eventually(async () => assert.deepEqual((await rig.events()).toSorted(), names));
});

test('replaces a pod that was deleted or has failed, and scales down the least dear first', async () => {
  await using rig = startControllers([replicationController()]);
  await rig.create(REPLICATION_CONTROLLERS, rc(3));
  await eventually(async () => (await active(rig)).length === 3);
  const [first, second, third] = await pods(rig);
  await rig.setStatus(PODS, first!, { phase: 'Failed' });
  await rig.verbs.delete(refTo(PODS, second!));
  await eventually(async () => (await active(rig)).length === 3);
  assert.equal((await pods(rig)).length, 4, 'the failed one stays for its reader');
  await rig.setStatus(PODS, third!, ready(rig));
  await scale(rig, 1);
  await eventually(async () => (await active(rig)).length === 1);
  assert.deepEqual(
    (await active(rig)).map(({ metadata }) => metadata.name),
    [third!.metadata.name],
  );
  await eventually(async () =>
    assert.equal((await rig.events()).filter((event) => event.startsWith('SuccessfulDelete Deleted pod: web-')).length, 2),
  );
});

test('takes in pods that match, lets go of those that no longer do, and leaves those of others', async () => {
  await using rig = startControllers([replicationController()]);
  const labels = { app: 'web' };
  await rig.create(PODS, { apiVersion: 'v1', kind: 'Pod', metadata: { name: 'orphan', namespace: 'shop', labels }, spec: {} });
  const foreign = [{ apiVersion: 'v1', kind: 'X', name: 'x', uid: 'x', controller: true }];
  await rig.create(PODS, {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name: 'foreign', namespace: 'shop', labels, ownerReferences: foreign },
    spec: {},
  });
  const owner = await rig.create(REPLICATION_CONTROLLERS, rc(2));
  await eventually(async () => (await pods(rig)).length === 3);
  const orphan = (await pods(rig)).find(({ metadata }) => metadata.name === 'orphan')!;
  assert.equal(orphan.metadata.ownerReferences?.[0]?.uid, owner.metadata.uid);
  await rig.verbs.patch(refTo(PODS, orphan), 'application/merge-patch+json', { metadata: { labels: { app: 'debug' } } });
  await eventually(async () => {
    const all = await pods(rig);
    assert.equal(all.length, 4);
    assert.deepEqual(all.find(({ metadata }) => metadata.name === 'orphan')!.metadata.ownerReferences, []);
    assert.deepEqual(all.find(({ metadata }) => metadata.name === 'foreign')!.metadata.ownerReferences, foreign);
  });
});

test('a pod counts as available only after minReadySeconds', async () => {
  await using rig = startControllers([replicationController()]);
  await rig.create(REPLICATION_CONTROLLERS, rc(1, { minReadySeconds: 10 }));
  await eventually(async () => (await pods(rig)).length === 1);
  await rig.setStatus(PODS, (await pods(rig))[0]!, ready(rig));
  await eventually(async () => assert.equal((await status(rig))['readyReplicas'], 1));
  assert.equal((await status(rig))['availableReplicas'], 0);
  await rig.verbs.clock.advance(10_000);
  await eventually(async () => assert.equal((await status(rig))['availableReplicas'], 1));
});

test('a refused create starts slowly, shows as a condition and an event, and is cured later', async () => {
  await using rig = startControllers([replicationController()]);
  let refused = 0;
  rig.verbs.reject = (action, ref) => {
    if (action !== 'create' || ref.resource !== 'pods') return undefined;
    refused++;
    return newForbidden(ref, 'web-1', 'exceeded quota');
  };
  await rig.create(REPLICATION_CONTROLLERS, rc(100));
  await eventually(async () => {
    const [condition] = (await status(rig))['conditions'] as Record<string, string>[];
    assert.deepEqual(
      [condition!['type'], condition!['status'], condition!['reason']],
      ['ReplicaFailure', 'True', 'FailedCreate'],
    );
    assert.match(condition!['message']!, /exceeded quota/);
  });
  // The write of the condition brings the key back once, before the back-off.
  assert.ok(refused <= 2, `${refused} requests`);
  await eventually(async () =>
    assert.match((await rig.events())[0]!, /^FailedCreate Error creating: pods "web-1" is forbidden: exceeded quota/),
  );
  rig.verbs.reject = () => undefined;
  await rig.verbs.clock.advance(60_000);
  await eventually(async () => assert.equal((await active(rig)).length, 100));
  await eventually(async () => assert.deepEqual((await status(rig))['conditions'], undefined));
});

test('an owner that is being deleted makes no pods', async () => {
  await using rig = startControllers([replicationController()]);
  const owner = await rig.create(REPLICATION_CONTROLLERS, {
    ...rc(0),
    metadata: { name: 'web', namespace: 'shop', finalizers: ['x'] },
  });
  await rig.verbs.delete(refTo(REPLICATION_CONTROLLERS, owner));
  await scale(rig, 5);
  await eventually(async () => assert.equal((await status(rig))['observedGeneration'], 2));
  assert.deepEqual(await pods(rig), []);
});

/** A generator whose sequence a failing run can repeat (mulberry32). */
function generator(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
  };
}

for (const seed of [1, 2, 3, 4, 5, 6, 7, 8])
  test(`never more pods than asked for, whatever dies and however stale the cache is (seed ${seed})`, async () => {
    const random = generator(seed);
    const verbs = new FakeVerbs();
    let rig = startControllers([replicationController()], verbs);
    let limit = 5;
    let most = 0;
    await rig.create(REPLICATION_CONTROLLERS, rc(limit));
    // Looked at on every write that makes a pod, not only now and then.
    let created = 0;
    verbs.reject = (action, ref) => {
      if (action === 'create' && ref.resource === 'pods') created++;
      return action === 'create' && random() < 0.1 ? newServiceUnavailable('hiccup') : undefined;
    };
    verbs.lose = () => (random() < 0.2 ? newServiceUnavailable('the answer is lost') : undefined);
    const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));
    for (let step = 0; step < 150; step++) {
      const dice = random();
      const living = await active(rig);
      most = Math.max(most, living.length - limit);
      const victim = living[Math.floor(random() * living.length)];
      if (dice < 0.25 && victim !== undefined) await verbs.delete(refTo(PODS, victim)).catch(() => undefined);
      else if (dice < 0.4 && victim !== undefined) await rig.setStatus(PODS, victim, { phase: 'Failed' });
      else if (dice < 0.5 && victim !== undefined) await rig.setStatus(PODS, victim, ready(rig));
      else if (dice < 0.6) verbs.pauseWatches();
      else if (dice < 0.75) verbs.resumeWatches();
      else if (dice < 0.8) verbs.compact();
      else if (dice < 0.85) {
        verbs.resumeWatches();
        await rig[Symbol.asyncDispose]();
        rig = startControllers([replicationController()], verbs);
      } else await verbs.clock.advance(1_000);
      for (let n = Math.floor(random() * 5); n > 0; n--) await turn();
      most = Math.max(most, (await active(rig)).length - limit);
    }
    assert.ok(created >= 5);
    assert.equal(most, 0, 'more than asked for');
    verbs.resumeWatches();
    verbs.reject = () => undefined;
    verbs.lose = () => undefined;
    limit = 3;
    await scale(rig, limit);
    await eventually(async () => {
      await verbs.clock.advance(60_000);
      assert.equal((await active(rig)).length, limit);
      assert.equal((await status(rig))['replicas'], limit);
    });
    await rig[Symbol.asyncDispose]();
  });
