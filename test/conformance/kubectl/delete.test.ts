import assert from 'node:assert/strict';
import { test } from 'node:test';
import { eventually } from '../../support/eventually.ts';
import { IN_TIME } from '../../support/kubectl.ts';
import { scriptPod, webController, webPod } from '../../support/manifests.ts';
import { patient } from '../../support/patience.ts';
import { useNamespace } from '../../support/shared-platform.ts';

const { kubectl, namespace } = await useNamespace('delete');
const ready = (pod: string): Promise<unknown> => kubectl(['wait', '--for=condition=Ready', IN_TIME, pod]);
/** Not by the pods' labels: there may be none yet. */
const allReady = (controller: string, count: number): Promise<unknown> =>
  kubectl(['wait', `--for=jsonpath={.status.readyReplicas}=${count}`, IN_TIME, `rc/${controller}`]);

test('delete waits until the pod is gone, and gives it its grace period', async () => {
  await kubectl.create(
    scriptPod('slow', 'trap "sleep 1; exit 0" TERM; echo trapped; while true; do sleep 0.1; done', {
      spec: { terminationGracePeriodSeconds: 600 },
    }),
  );
  await ready('pod/slow');
  // A first process that has not set its trap yet ignores the signal.
  await eventually(async () => assert.equal(await kubectl.text('logs', 'slow'), 'trapped'));
  const began = performance.now();
  assert.match(await kubectl.text('delete', 'pod', 'slow'), /^pod "slow" deleted( from \S+ namespace)?$/);
  const took = performance.now() - began;
  // Far less than its grace period: it has ended by itself.
  assert.ok(took > 900 && took < patient(60_000), `took ${took} ms`);
  assert.match(await kubectl.failure(['get', 'pod', 'slow']), /NotFound/);
});

test('a pod that ignores SIGTERM is killed when its grace period is over', async () => {
  await kubectl.create(
    scriptPod('stubborn', 'trap "" TERM; while true; do sleep 0.1; done', { spec: { terminationGracePeriodSeconds: 600 } }),
  );
  await ready('pod/stubborn');
  const began = performance.now();
  await kubectl(['delete', 'pod', 'stubborn', '--grace-period=2']);
  const took = performance.now() - began;
  assert.ok(took > 1_900 && took < patient(60_000), `took ${took} ms`);
});

test('--wait=false returns at once and the pod shows Terminating; --now and --force hurry', async () => {
  await kubectl.create(
    scriptPod('leaving', 'trap "" TERM; while true; do sleep 0.1; done', { spec: { terminationGracePeriodSeconds: 600 } }),
  );
  await ready('pod/leaving');
  await kubectl(['delete', 'pod', 'leaving', '--wait=false']);
  assert.match(await kubectl.text('get', 'pod', 'leaving'), /leaving +1\/1 +Terminating/);
  const forced = await kubectl(['delete', 'pod', 'leaving', '--force', '--grace-period=0']);
  assert.match(forced.stderr, /Warning: Immediate deletion does not wait for confirmation/);
  assert.match(forced.stdout, /pod "leaving" force deleted/);
  await eventually(async () => assert.match(await kubectl.failure(['get', 'pod', 'leaving']), /NotFound/));
});

test('deleting a controller deletes its pods; --cascade=orphan leaves them; foreground waits for them', async () => {
  await kubectl.create(webController('doomed', 2));
  await allReady('doomed', 2);
  await kubectl(['delete', 'rc', 'doomed']);
  await eventually(async () => assert.equal(await kubectl.text('get', 'pods', '-l', 'app=doomed', '-o', 'name'), ''), {
    timeout: 20_000,
  });

  await kubectl.create(webController('orphaner', 1));
  await allReady('orphaner', 1);
  await kubectl(['delete', 'rc', 'orphaner', '--cascade=orphan']);
  const [pod] = (
    await kubectl.json<{ items: { metadata: { ownerReferences?: unknown[]; deletionTimestamp?: string } }[] }>(
      'get',
      'pods',
      '-l',
      'app=orphaner',
    )
  ).items;
  assert.equal(pod?.metadata.deletionTimestamp, undefined);
  assert.equal(pod?.metadata.ownerReferences, undefined);

  await kubectl.create(webController('waiting', 1));
  await allReady('waiting', 1);
  await kubectl(['delete', 'rc', 'waiting', '--cascade=foreground']);
  assert.equal(await kubectl.text('get', 'pods', '-l', 'app=waiting', '-o', 'name'), '');
});

test('by selector, by file, several at once, --all; a missing one fails unless ignored', async () => {
  for (const name of ['a', 'b', 'c']) await kubectl(['create', 'configmap', name]);
  await kubectl(['label', 'configmap', 'a', 'pick=me']);
  assert.match(await kubectl.text('delete', 'configmap', '-l', 'pick=me'), /^configmap "a" deleted( from \S+ namespace)?$/);
  assert.match(
    await kubectl.text('delete', 'configmap', 'b', 'c'),
    /^configmap "b" deleted( from \S+ namespace)?\nconfigmap "c" deleted( from \S+ namespace)?$/,
  );
  assert.equal(await kubectl.failure(['delete', 'configmap', 'a']), 'Error from server (NotFound): configmaps "a" not found\n');
  assert.equal(await kubectl.text('delete', 'configmap', 'a', '--ignore-not-found'), '');
  await kubectl.create(webPod('left'));
  assert.match(await kubectl.text('delete', 'pods', '--all', '--now'), /pod "left" deleted/);
  assert.equal(await kubectl.text('get', 'pods', '-o', 'name'), '');
});

test('a finalizer holds the object back until it is taken off', async () => {
  await kubectl.create({ apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'held', finalizers: ['example.com/hold'] } });
  await kubectl(['delete', 'configmap', 'held', '--wait=false']);
  assert.notEqual((await kubectl.json('get', 'configmap', 'held')).metadata.deletionTimestamp, undefined);
  await kubectl(['patch', 'configmap', 'held', '--type=merge', '-p', '{"metadata":{"finalizers":null}}']);
  assert.match(await kubectl.failure(['get', 'configmap', 'held']), /NotFound/);
});

test('deleting a namespace deletes everything in it, then itself', async () => {
  const name = `${namespace}-gone`;
  await kubectl(['create', 'namespace', name]);
  await kubectl.create(webController('inside', 1), '-n', name);
  await kubectl(['create', 'configmap', 'inside', '-n', name]);
  await eventually(async () => assert.notEqual(await kubectl.text('get', 'pods', '-n', name, '-o', 'name'), ''));
  await kubectl(['delete', 'namespace', name]);
  assert.match(await kubectl.failure(['get', 'namespace', name]), /NotFound/);
  assert.equal(await kubectl.text('get', 'pods,rc,configmaps', '-n', name, '-o', 'name'), '');
  assert.match(await kubectl.failure(['create', 'configmap', 'late', '-n', name]), /not found/);
});
