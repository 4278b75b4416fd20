import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { systemClock } from '../../../../lib/common/clock.ts';
import { type ApiUnderTest, CONFIG_MAPS, configMap, pod, startApi } from './api-under-test.ts';

let t: ApiUnderTest;
/** ms that somebody has slept, and what happens in a sleep. Nobody waits for the time that passes. */
let slept = 0;
let inSleep: () => Promise<unknown> = () => Promise.resolve();
before(async () => {
  const sleep = async (ms: number) => {
    slept += ms;
    await inSleep();
  };
  t = await startApi({ clock: { ...systemClock, now: () => Date.now() + slept, sleep } });
});
after(() => t[Symbol.asyncDispose]());

const PODS = '/api/v1/namespaces/default/pods';
const ACCOUNTS = '/api/v1/namespaces/default/serviceaccounts';

test('nothing is created in a namespace that is not there', async () => {
  const { code, body } = await t.call('POST', '/api/v1/namespaces/nowhere/configmaps', { body: configMap('x') });
  assert.deepEqual([code, body.message], [404, 'namespaces "nowhere" not found']);
});

test('a namespace goes when its finalizer does, and takes nothing new meanwhile', async () => {
  await t.call('POST', '/api/v1/namespaces', { body: { metadata: { name: 'leaving' } } });
  const marked = await t.call('DELETE', '/api/v1/namespaces/leaving');
  assert.deepEqual([marked.body.kind, marked.body.status.phase], ['Namespace', 'Terminating']);
  const late = await t.call('POST', '/api/v1/namespaces/leaving/configmaps', { body: configMap('x') });
  assert.equal(late.code, 403);
  assert.equal(
    late.body.message,
    'configmaps "x" is forbidden: unable to create new content in namespace leaving because it is being terminated',
  );
  assert.equal(late.body.details.causes[0].reason, 'NamespaceTerminating');
  const finalized = await t.call('PUT', '/api/v1/namespaces/leaving/finalize', {
    body: { ...marked.body, spec: { finalizers: [] } },
  });
  assert.equal(finalized.code, 200);
  assert.equal((await t.call('GET', '/api/v1/namespaces/leaving')).code, 404);
});

test('the namespaces that everything needs stay', async () => {
  const { code, body } = await t.call('DELETE', '/api/v1/namespaces/default');
  assert.deepEqual([code, body.message], [403, 'namespaces "default" is forbidden: this namespace may not be deleted']);
});

test('a pod needs its service account', async () => {
  const missing = await t.call('POST', PODS, { body: pod('early') });
  assert.equal(missing.code, 403);
  assert.equal(
    missing.body.message,
    'pods "early" is forbidden: error looking up service account default/default: serviceaccount "default" not found',
  );
});

test('in a namespace that is new its service account is waited for, some seconds where the machine is slow', async () => {
  await t.call('POST', '/api/v1/namespaces', { body: { metadata: { name: 'new' } } });
  const began = slept;
  inSleep = async () => {
    if (slept - began < 9_000) return;
    inSleep = () => Promise.resolve();
    await t.call('POST', '/api/v1/namespaces/new/serviceaccounts', { body: { metadata: { name: 'default' } } });
  };
  const { code, body } = await t.call('POST', '/api/v1/namespaces/new/pods', { body: pod('first') });
  assert.deepEqual([code, body.spec?.serviceAccountName], [201, 'default']);
});

test('in one that is older nobody waits long for an account that was deleted', async () => {
  await t.call('POST', '/api/v1/namespaces', { body: { metadata: { name: 'older' } } });
  slept += 60_000;
  const began = slept;
  assert.equal((await t.call('POST', '/api/v1/namespaces/older/pods', { body: pod('late') })).code, 403);
  assert.ok(slept - began < 2_000, `${slept - began} ms`);
});

test('a pod gets its account, the token, and tolerations for a node in trouble', async () => {
  await t.call('POST', ACCOUNTS, { body: { metadata: { name: 'default' }, imagePullSecrets: [{ name: 'pull' }] } });
  const { body } = await t.call('POST', PODS, { body: pod('full') });
  assert.equal(body.spec.serviceAccountName, 'default');
  assert.deepEqual(body.spec.imagePullSecrets, [{ name: 'pull' }]);
  const [volume] = body.spec.volumes;
  assert.match(volume.name, /^kube-api-access-[a-z0-9]{5}$/);
  assert.deepEqual(
    volume.projected.sources.map((source: object) => Object.keys(source)[0]),
    ['serviceAccountToken', 'configMap', 'downwardAPI'],
  );
  assert.deepEqual(body.spec.containers[0].volumeMounts, [
    { name: volume.name, readOnly: true, mountPath: '/var/run/secrets/kubernetes.io/serviceaccount' },
  ]);
  assert.deepEqual(
    body.spec.tolerations.map((each: { key: string; tolerationSeconds: number }) => [each.key, each.tolerationSeconds]),
    [
      ['node.kubernetes.io/not-ready', 300],
      ['node.kubernetes.io/unreachable', 300],
    ],
  );
});

test('a token is not mounted where it was declined', async () => {
  const declined = await t.call('POST', PODS, { body: pod('declined', { automountServiceAccountToken: false }) });
  assert.equal(declined.body.spec.volumes, undefined);
  await t.call('POST', ACCOUNTS, { body: { metadata: { name: 'quiet' }, automountServiceAccountToken: false } });
  const quiet = await t.call('POST', PODS, { body: pod('quiet', { serviceAccountName: 'quiet' }) });
  assert.equal(quiet.body.spec.volumes, undefined);
});

test('an eviction deletes the pod', async () => {
  await t.call('POST', PODS, { body: pod('evicted') });
  const { code } = await t.call('POST', `${PODS}/evicted/eviction`, {
    body: { apiVersion: 'policy/v1', kind: 'Eviction', metadata: { name: 'evicted' } },
  });
  assert.equal(code, 201);
  assert.equal((await t.call('GET', `${PODS}/evicted`)).code, 404);
});

test('a lease may be made by PUT, a config map not', async () => {
  const lease = { metadata: { name: 'put' }, spec: { holderIdentity: 'me' } };
  assert.equal((await t.call('PUT', '/apis/coordination.k8s.io/v1/namespaces/default/leases/put', { body: lease })).code, 201);
  assert.equal((await t.call('PUT', `${CONFIG_MAPS}/put`, { body: configMap('put') })).code, 404);
});
