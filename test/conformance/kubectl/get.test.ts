import assert from 'node:assert/strict';
import { before, test } from 'node:test';
import { eventually } from '../../support/eventually.ts';
import { IN_TIME } from '../../support/kubectl.ts';
import { webController, webPod } from '../../support/manifests.ts';
import { useNamespace } from '../../support/shared-platform.ts';

const { kubectl, namespace, nodeName } = await useNamespace('get');

before(async () => {
  await kubectl.create(webPod('alpha', { labels: { tier: 'front', release: 'stable' } }));
  await kubectl.create(webPod('beta', { labels: { tier: 'back', release: 'canary' } }));
  await kubectl.create(webController('gamma', 1));
  await kubectl(['wait', '--for=condition=Ready', 'pod/alpha', 'pod/beta', IN_TIME]);
});

const names = async (...args: string[]): Promise<string[]> =>
  (await kubectl.text('get', 'pods', '-o', 'name', ...args)).split('\n').sort();

test('the table of pods has the columns that users know', async () => {
  const [header, alpha] = (await kubectl.text('get', 'pods', 'alpha')).split('\n');
  assert.match(header!, /^NAME +READY +STATUS +RESTARTS +AGE$/);
  assert.match(alpha!, /^alpha +1\/1 +Running +0 +[\dms]+$/);
});

test('-o wide adds address and node', async () => {
  const [header, alpha] = (await kubectl.text('get', 'pods', 'alpha', '-o', 'wide')).split('\n');
  assert.match(header!, /^NAME +READY +STATUS +RESTARTS +AGE +IP +NODE +NOMINATED NODE +READINESS GATES$/);
  assert.match(alpha!, new RegExp(`^alpha +1/1 +Running +0 +\\S+ +10\\.\\d+\\.\\d+\\.\\d+ +${nodeName} +<none> +<none>$`));
});

test('tables of the other kinds', async () => {
  const first = async (...args: string[]): Promise<string> =>
    (await kubectl.text('get', ...args)).split('\n')[0]!.replaceAll(/ +/g, ' ');
  assert.equal(await first('rc'), 'NAME DESIRED CURRENT READY AGE');
  assert.equal(await first('services', '-n', 'default'), 'NAME TYPE CLUSTER-IP EXTERNAL-IP PORT(S) AGE');
  assert.equal(await first('endpoints', '-n', 'default'), 'NAME ENDPOINTS AGE');
  assert.equal(await first('namespaces'), 'NAME STATUS AGE');
  assert.equal(await first('configmaps'), 'NAME DATA AGE');
  assert.equal(await first('serviceaccounts'), 'NAME SECRETS AGE');
  assert.equal(
    await first('nodes', '-o', 'wide'),
    'NAME STATUS ROLES AGE VERSION INTERNAL-IP EXTERNAL-IP OS-IMAGE KERNEL-VERSION CONTAINER-RUNTIME',
  );
  assert.equal(await first('rc', '-o', 'wide'), 'NAME DESIRED CURRENT READY AGE CONTAINERS IMAGES SELECTOR');
  assert.equal(await first('services', '-n', 'default', '-o', 'wide'), 'NAME TYPE CLUSTER-IP EXTERNAL-IP PORT(S) AGE SELECTOR');
  await eventually(async () => assert.equal(await first('events'), 'LAST SEEN TYPE REASON OBJECT MESSAGE'));
});

test('json, yaml, name, jsonpath, go-template and custom columns print the object', async () => {
  const pod = await kubectl.json('get', 'pod', 'alpha');
  assert.equal(pod.kind, 'Pod');
  assert.equal(pod.metadata.namespace, namespace);
  assert.match(
    await kubectl.text('get', 'pod', 'alpha', '-o', 'yaml'),
    /^apiVersion: v1\nkind: Pod\nmetadata:\n {2}creationTimestamp: "/,
  );
  assert.equal(await kubectl.text('get', 'pod/alpha', '-o', 'name'), 'pod/alpha');
  assert.equal(await kubectl.text('get', 'pod', 'alpha', '-o', 'jsonpath={.spec.containers[0].name}'), 'web');
  assert.equal(await kubectl.text('get', 'pod', 'alpha', '-o', 'go-template={{.metadata.name}}'), 'alpha');
  const columns = await kubectl.text('get', 'pods', 'alpha', '-o', 'custom-columns=WHO:.metadata.name,NODE:.spec.nodeName');
  assert.deepEqual(
    columns.split('\n').map((line) => line.trim().split(/ +/)),
    [
      ['WHO', 'NODE'],
      ['alpha', nodeName],
    ],
  );
});

test('label selectors: equality and sets', async () => {
  assert.deepEqual(await names('-l', 'tier=front'), ['pod/alpha']);
  assert.deepEqual(await names('-l', 'tier!=front,tier'), ['pod/beta']);
  assert.deepEqual(await names('-l', 'tier in (front,back),release notin (canary)'), ['pod/alpha']);
  assert.match(await kubectl.text('get', 'pods', '--show-labels', '-l', 'app=alpha'), /app=alpha,release=stable,tier=front$/);
  assert.match(await kubectl.text('get', 'pods', '-L', 'tier', '-l', 'app=alpha'), /AGE +TIER\n.* front$/);
});

test('field selectors, and the text about one that there is not', async () => {
  assert.deepEqual(await names('--field-selector', 'metadata.name=beta'), ['pod/beta']);
  assert.equal((await names('--field-selector', `spec.nodeName=${nodeName},status.phase=Running`)).includes('pod/alpha'), true);
  assert.match(
    await kubectl.failure(['get', 'pods', '--field-selector', 'spec.colour=red']),
    /Error from server \(BadRequest\): Unable to find "\/v1, Resource=pods" that match label selector "", field selector "spec.colour=red": field label not supported: spec.colour/,
  );
});

test('several kinds at once, all namespaces, sorting, chunks', async () => {
  assert.match(await kubectl.text('get', 'rc,pods'), /^NAME +DESIRED[^]*\n\nNAME +READY/);
  assert.match(await kubectl.text('get', 'rc,pods'), /replicationcontroller\/gamma +1/);
  assert.match(await kubectl.text('get', 'pods', '-A'), new RegExp(`^NAMESPACE +NAME[^]*${namespace} +alpha`));
  const sorted = await kubectl.text('get', 'pods', 'beta', 'alpha', '--sort-by=.metadata.name', '-o', 'name');
  assert.equal(sorted, 'pod/alpha\npod/beta');
  assert.deepEqual(await names('--chunk-size=1', '-l', 'tier'), ['pod/alpha', 'pod/beta']);
  assert.match(await kubectl.text('get', 'all'), /pod\/alpha[^]*replicationcontroller\/gamma/);
});

test('nothing there is said, not failed; a missing name fails', async () => {
  const none = await kubectl(['get', 'pods', '-l', 'tier=none']);
  assert.equal(none.stdout, '');
  assert.equal(none.stderr, `No resources found in ${namespace} namespace.\n`);
  assert.equal(await kubectl.failure(['get', 'pod', 'nope']), 'Error from server (NotFound): pods "nope" not found\n');
  assert.equal(await kubectl.failure(['get', 'colours']), 'error: the server doesn\'t have a resource type "colours"\n');
  assert.equal(await kubectl.text('get', 'pod', 'nope', '--ignore-not-found'), '');
});

test('get -w prints a row for each change', async () => {
  await using watch = kubectl.start(['get', 'pods', '-w', '-l', 'app in (alpha,watched)']);
  // It has listed what is there, and misses nothing from now on.
  await watch.until(/^alpha /m);
  await kubectl.create(webPod('watched', { spec: { terminationGracePeriodSeconds: 1 } }));
  await watch.until(/watched +0\/1 +(Pending|ContainerCreating)/);
  await watch.until(/watched +1\/1 +Running/, 20_000);
  await kubectl(['delete', 'pod', 'watched']);
  await watch.until(/watched +\d\/1 +Terminating/);
});

test('get -w --output-watch-events names each event', async () => {
  await using watch = kubectl.start([
    'get',
    'configmaps',
    '-w',
    '--output-watch-events',
    '--field-selector',
    'metadata.name=seen',
  ]);
  await watch.until(/^/);
  await kubectl(['create', 'configmap', 'seen']);
  await watch.until(/ADDED +seen +0/);
  await kubectl(['patch', 'configmap', 'seen', '-p', '{"data":{"a":"b"}}']);
  await watch.until(/MODIFIED +seen +1/);
  await kubectl(['delete', 'configmap', 'seen']);
  await watch.until(/DELETED +seen/);
});
