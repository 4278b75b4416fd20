import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { type ApiUnderTest, CONFIG_MAPS, configMap, pod, startApi } from './api-under-test.ts';

let t: ApiUnderTest;
before(async () => {
  t = await startApi();
  await t.call('POST', '/api/v1/namespaces/default/serviceaccounts', { body: { metadata: { name: 'default' } } });
});
after(() => t[Symbol.asyncDispose]());

const PODS = '/api/v1/namespaces/default/pods';
const NODE = 'system:node:n1@system:nodes';

async function token(boundPod?: { name: string; uid: string }): Promise<string> {
  const spec = {
    audiences: [],
    expirationSeconds: 3600,
    ...(boundPod === undefined ? {} : { boundObjectRef: { kind: 'Pod', apiVersion: 'v1', ...boundPod } }),
  };
  const { body } = await t.call('POST', '/api/v1/namespaces/default/serviceaccounts/default/token', { body: { spec } });
  return body.status.token as string;
}
const bearer = (value: string): { as: null; headers: Record<string, string> } => ({
  as: null,
  headers: { authorization: `Bearer ${value}` },
});

test('without credentials there is health and version, nothing else', async () => {
  for (const path of ['/healthz', '/livez', '/readyz', '/readyz?verbose', '/version'])
    assert.equal((await t.call('GET', path, { as: null })).code, 200, path);
  for (const path of [
    '/api',
    '/apis',
    '/api/v1/pods',
    '/metrics',
    '/openapi/v3',
    '/healthzx',
    '/nope',
    '/api/v1/namespaces/../../healthz',
  ])
    assert.equal((await t.call('GET', path, { as: null })).code, path.includes('..') ? 400 : 401, path);
  const { body } = await t.call('GET', '/api/v1/pods', { as: null });
  assert.deepEqual([body.kind, body.reason, body.message], ['Status', 'Unauthorized', 'Unauthorized']);
});

test('a certificate of another authority is refused', async () => {
  const other = await startApi();
  const stranger = await other.agent('admin');
  const { code } = await t.call('GET', '/api/v1/pods');
  assert.equal(code, 200);
  stranger.options.ca = t.certificates.caPem;
  const { request } = await import('node:https');
  const status = await new Promise((resolve, reject) => {
    request({ agent: stranger, host: '127.0.0.1', port: t.port, path: '/api/v1/pods' }, (response) =>
      resolve(response.statusCode),
    )
      .once('error', reject)
      .end();
  });
  assert.equal(status, 401);
  stranger.destroy();
  await other[Symbol.asyncDispose]();
});

test('a user without rights is told what was refused', async () => {
  const list = await t.call('GET', PODS, { as: 'bob' });
  assert.equal(list.code, 403);
  assert.equal(
    list.body.message,
    'pods is forbidden: User "bob" cannot list resource "pods" in API group "" in the namespace "default"',
  );
  const get = await t.call('GET', '/api/v1/nodes/n1', { as: 'bob' });
  assert.equal(
    get.body.message,
    'nodes "n1" is forbidden: User "bob" cannot get resource "nodes" in API group "" at the cluster scope',
  );
  const sub = await t.call('GET', `${PODS}/x/log`, { as: 'bob' });
  assert.equal(
    sub.body.message,
    'pods "x" is forbidden: User "bob" cannot get resource "pods/log" in API group "" in the namespace "default"',
  );
  const metrics = await t.call('GET', '/metrics', { as: 'bob' });
  assert.equal(metrics.body.message, 'forbidden: User "bob" cannot get path "/metrics"');
  assert.equal((await t.call('GET', '/apis', { as: 'bob' })).code, 200);
});

test('a user may ask who they are and what they may', async () => {
  const who = await t.call('POST', '/apis/authentication.k8s.io/v1/selfsubjectreviews', { as: 'bob@team', body: {} });
  assert.deepEqual(who.body.status.userInfo, { username: 'bob', groups: ['team', 'system:authenticated'] });
  const ask = (as: string) =>
    t.call('POST', '/apis/authorization.k8s.io/v1/selfsubjectaccessreviews', {
      as,
      body: { spec: { resourceAttributes: { verb: 'get', resource: 'pods' } } },
    });
  assert.equal((await ask('bob')).body.status.allowed, false);
  assert.equal((await ask('admin')).body.status.allowed, true);
});

test('administrators may act as others, others may not', async () => {
  const headers = { 'impersonate-user': 'carol', 'impersonate-group': ['a', 'b,c'], 'impersonate-extra-scope': 'x' };
  const { body } = await t.call('POST', '/apis/authentication.k8s.io/v1/selfsubjectreviews', { headers, body: {} });
  assert.deepEqual(body.status.userInfo, {
    username: 'carol',
    groups: ['a', 'b,c', 'system:authenticated'],
    extra: { scope: ['x'] },
  });
  const refused = await t.call('GET', '/api', { as: 'bob', headers: { 'impersonate-user': 'system:admin' } });
  assert.equal(refused.code, 403);
  assert.equal(
    refused.body.message,
    'users "system:admin" is forbidden: User "bob" cannot impersonate resource "users" in API group "" at the cluster scope',
  );
});

test('a service-account token works while its account and its pod live', async () => {
  const made = await t.call('POST', PODS, { body: pod('owner') });
  const plain = await token();
  const bound = await token({ name: 'owner', uid: made.body.metadata.uid });
  const path = '/apis/authentication.k8s.io/v1/selfsubjectreviews';
  const { body } = await t.call('POST', path, { ...bearer(bound), body: {} });
  assert.equal(body.status.userInfo.username, 'system:serviceaccount:default:default');
  assert.deepEqual(body.status.userInfo.groups, [
    'system:serviceaccounts',
    'system:serviceaccounts:default',
    'system:authenticated',
  ]);
  assert.deepEqual(body.status.userInfo.extra['authentication.kubernetes.io/pod-name'], ['owner']);
  assert.equal((await t.call('GET', PODS, bearer(plain))).code, 403);
  await t.call('DELETE', `${PODS}/owner?gracePeriodSeconds=0`);
  assert.equal((await t.call('GET', '/api', bearer(bound))).code, 401);
  assert.equal((await t.call('GET', '/api', bearer(plain))).code, 200);
  await t.call('DELETE', '/api/v1/namespaces/default/serviceaccounts/default');
  assert.equal((await t.call('GET', '/api', bearer(plain))).code, 401);
  await t.call('POST', '/api/v1/namespaces/default/serviceaccounts', { body: { metadata: { name: 'default' } } });
  assert.equal((await t.call('GET', '/api', bearer(plain))).code, 401, 'another account of the same name');
});

test('tokens that are not ours are refused, also beside a good certificate', async () => {
  const good = await token();
  const [head, claims, signature] = good.split('.') as [string, string, string];
  const none = Buffer.from('{"alg":"none"}').toString('base64url');
  const other = Buffer.from(
    JSON.stringify({ ...JSON.parse(Buffer.from(claims, 'base64url').toString()), sub: 'system:serviceaccount:kube-system:x' }),
  ).toString('base64url');
  for (const bad of ['x', `${none}.${claims}.`, `${head}.${other}.${signature}`, `${head}.${claims}.`, `${good}x`])
    assert.equal(
      (await t.call('GET', '/api', { as: 'admin', headers: { authorization: `Bearer ${bad}` } })).code,
      401,
      bad.slice(0, 20),
    );
  assert.equal((await t.call('GET', '/api', { as: 'admin', headers: { authorization: 'Basic eDp5' } })).code, 401);
});

test('a node sees its pods and what they name, and no more', async () => {
  for (const name of ['used', 'unused']) {
    await t.call('POST', '/api/v1/namespaces/default/secrets', { body: { metadata: { name } } });
    await t.call('POST', CONFIG_MAPS, { body: configMap(name) });
  }
  const volumes = [
    { name: 's', secret: { secretName: 'used' } },
    { name: 'c', configMap: { name: 'used' } },
  ];
  await t.call('POST', PODS, { body: pod('mine', { nodeName: 'n1', volumes }) });
  await t.call('POST', PODS, { body: pod('theirs', { nodeName: 'n2' }) });
  const code = async (method: string, path: string, body?: unknown): Promise<number> =>
    (await t.call(method, path, { as: NODE, ...(body === undefined ? {} : { body }) })).code;
  assert.equal(await code('GET', '/api/v1/pods'), 403);
  assert.equal(await code('GET', '/api/v1/pods?fieldSelector=spec.nodeName%3Dn1'), 200);
  assert.equal(await code('GET', '/api/v1/pods?fieldSelector=spec.nodeName%3Dn2'), 403);
  assert.equal(await code('GET', `${PODS}/mine`), 200);
  assert.equal(await code('GET', `${PODS}/theirs`), 403);
  assert.equal(await code('GET', '/api/v1/namespaces/default/secrets/used'), 200);
  assert.equal(await code('GET', '/api/v1/namespaces/default/secrets/unused'), 403);
  assert.equal(await code('GET', '/api/v1/namespaces/default/secrets'), 403);
  assert.equal(await code('GET', `${CONFIG_MAPS}?fieldSelector=metadata.name%3Dused`), 200);
  assert.equal(await code('PATCH', `${PODS}/mine/status`, { status: { message: 'm' } }), 200);
  assert.equal(await code('PATCH', `${PODS}/theirs/status`, { status: { message: 'm' } }), 403);
  assert.equal(await code('PATCH', `${PODS}/mine`, { metadata: { labels: { a: 'b' } } }), 403);
  assert.equal(await code('DELETE', `${PODS}/mine?gracePeriodSeconds=0`), 200);
  assert.equal(await code('POST', PODS, pod('made', { nodeName: 'n1' })), 403);
});

test('a node writes its own node and lease', async () => {
  const code = async (method: string, path: string, body?: unknown): Promise<number> =>
    (await t.call(method, path, { as: NODE, ...(body === undefined ? {} : { body }) })).code;
  assert.equal(await code('POST', '/api/v1/nodes', { metadata: { name: 'n9' } }), 403);
  assert.equal(await code('POST', '/api/v1/nodes', { metadata: { name: 'n1' } }), 201);
  assert.equal(await code('PATCH', '/api/v1/nodes/n1/status', { status: { nodeInfo: {} } }), 200);
  await t.call('POST', '/api/v1/nodes', { body: { metadata: { name: 'n2' } } });
  assert.equal(await code('PATCH', '/api/v1/nodes/n2/status', { status: {} }), 403);
  assert.equal(await code('PATCH', '/api/v1/nodes/n1', { spec: { taints: [{ key: 'a', effect: 'NoSchedule' }] } }), 403);
  const leases = '/apis/coordination.k8s.io/v1/namespaces/kube-node-lease/leases';
  assert.equal(await code('POST', leases, { metadata: { name: 'n1' }, spec: { holderIdentity: 'n1' } }), 201);
  assert.equal(await code('GET', `${leases}/n2`), 403);
  assert.equal(await code('GET', '/api/v1/services'), 200);
  assert.equal(await code('GET', '/api/v1/endpoints?watch=true&timeoutSeconds=1'), 200);
});

test('a node cannot make itself a right to secrets, accounts or other nodes', async () => {
  const ask = async (method: string, path: string, body: unknown): Promise<[number, string]> => {
    const reply = await t.call(method, path, { as: NODE, body });
    return [reply.code, reply.body.message as string];
  };
  await t.call('POST', '/api/v1/nodes', { body: { metadata: { name: 'n1' } } });
  const mirror = (spec: object): object => {
    const made = pod('mirror', { nodeName: 'n1', automountServiceAccountToken: false, ...spec });
    return { ...made, metadata: { ...made.metadata, annotations: { 'kubernetes.io/config.mirror': 'x' } } };
  };
  for (const [spec, why] of [
    [{ serviceAccountName: 'default' }, /reference a service account$/],
    [{ volumes: [{ name: 's', secret: { secretName: 'unused' } }] }, /reference secrets$/],
    [{ imagePullSecrets: [{ name: 'unused' }] }, /reference secrets$/],
    [{ volumes: [{ name: 'c', configMap: { name: 'unused' } }] }, /reference configmaps$/],
    [{ volumes: [{ name: 't', projected: { sources: [{ serviceAccountToken: { path: 't' } }] } }] }, /account tokens$/],
  ] as const) {
    const [code, message] = await ask('POST', PODS, mirror(spec));
    assert.equal(code, 403, String(why));
    assert.match(message, why);
  }
  const here = await t.call('POST', PODS, { body: pod('here', { nodeName: 'n1' }) });
  const there = await t.call('POST', PODS, { body: pod('there', { nodeName: 'n2' }) });
  const tokens = '/api/v1/namespaces/default/serviceaccounts/default/token';
  const bound = (name: string, uid?: string): object => ({
    spec: { audiences: [], boundObjectRef: { kind: 'Pod', apiVersion: 'v1', name, ...(uid === undefined ? {} : { uid }) } },
  });
  assert.equal((await ask('POST', tokens, bound('here', here.body.metadata.uid)))[0], 201);
  assert.equal((await ask('POST', tokens, { spec: { audiences: [] } }))[0], 403);
  assert.equal((await ask('POST', tokens, bound('here')))[0], 403);
  assert.equal((await ask('POST', tokens, bound('there', there.body.metadata.uid)))[0], 403);
  const label = (key: string): Promise<[number, string]> =>
    ask('PATCH', '/api/v1/nodes/n1', { metadata: { labels: { [key]: 'x' } } });
  for (const key of ['node-role.kubernetes.io/master', 'node-restriction.kubernetes.io/x', 'k8s.io/y'])
    assert.equal((await label(key))[0], 403, key);
  for (const key of ['topology.kubernetes.io/zone', 'example.com/rack', 'kubernetes.io/hostname'])
    assert.equal((await label(key))[0], 200, key);
  const leases = '/apis/coordination.k8s.io/v1/namespaces/kube-node-lease/leases';
  assert.equal((await ask('POST', leases, { metadata: { name: 'n2' }, spec: {} }))[0], 403);
});

test('tokens and secrets are in no log line', async () => {
  const lines: string[] = [];
  const { createLog } = await import('../../../../lib/common/log.ts');
  const logged = await startApi({ log: createLog({ name: 'api', level: 'debug', write: (line) => void lines.push(line) }) });
  await logged.call('GET', '/api', { headers: { authorization: 'Bearer top-secret-token' } });
  await logged.call('POST', '/api/v1/namespaces/default/secrets', {
    body: { metadata: { name: 's' }, stringData: { a: 'hidden-value' } },
  });
  await logged[Symbol.asyncDispose]();
  assert.ok(lines.some((line) => line.includes('"code":401')));
  assert.doesNotMatch(lines.join(''), /top-secret-token|hidden-value|aGlkZGVuLXZhbHVl/);
});

test('who has not said who he is, is asked; at the root he is told that he may not, as Kubernetes does', async () => {
  await using t = await startApi();
  for (const method of ['GET', 'HEAD']) assert.equal((await t.call(method, '/', { as: null })).code, 403);
  const { body, headers } = await t.call('GET', '/', { as: null });
  assert.equal(body.message, 'forbidden: User "system:anonymous" cannot get path "/"');
  assert.equal(headers['content-type'], 'application/json');
  assert.equal((await t.call('GET', '/apis', { as: null })).code, 401);
  assert.equal((await t.call('GET', '/')).code, 200);
});
