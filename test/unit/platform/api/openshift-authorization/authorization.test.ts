import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { type ApiUnderTest, startApi } from '../../apiserver/api-under-test.ts';

let t: ApiUnderTest;
before(async () => {
  t = await startApi();
});
after(() => t[Symbol.asyncDispose]());

const OURS = '/apis/authorization.openshift.io/v1';
const RBAC = '/apis/rbac.authorization.k8s.io/v1';
const IN = '/namespaces/default';
const KNOWN = 'system:authenticated';

async function must(code: number, method: string, path: string, body?: unknown, as = 'admin') {
  const reply = await t.call(method, path, { as, ...(body === undefined ? {} : { body }) });
  assert.equal(reply.code, code, `${as} ${method} ${path}: ${reply.text}`);
  return reply.body;
}
const rules = (verbs: string[], resources: string[], apiGroups = ['']) => [{ verbs, apiGroups, resources }];

test("roles and bindings are RBAC's, in the words of OpenShift 3", async () => {
  await must(201, 'POST', `${OURS}${IN}/roles`, {
    metadata: { name: 'reader' },
    rules: [{ verbs: ['get', 'list'], resources: ['pods'] }],
  });
  const role = await must(200, 'GET', `${RBAC}${IN}/roles/reader`);
  assert.deepEqual(role.rules, [{ verbs: ['get', 'list'], apiGroups: [''], resources: ['pods'] }]);
  const made = await must(201, 'POST', `${OURS}${IN}/rolebindings`, {
    metadata: { name: 'readers', namespace: 'default' },
    userNames: ['ann', 'system:serviceaccount:default:robot'],
    groupNames: ['makers'],
    roleRef: { name: 'reader', namespace: 'default' },
  });
  const stored = await must(200, 'GET', `${RBAC}${IN}/rolebindings/readers`);
  assert.deepEqual(stored.roleRef, { apiGroup: 'rbac.authorization.k8s.io', kind: 'Role', name: 'reader' });
  assert.deepEqual(
    stored.subjects.map(({ kind, namespace, name }: Record<string, string>) => [kind, namespace, name]),
    [
      ['User', undefined, 'ann'],
      ['ServiceAccount', 'default', 'robot'],
      ['Group', undefined, 'makers'],
    ],
  );
  const read = await must(200, 'GET', `${OURS}${IN}/rolebindings/readers`);
  assert.deepEqual(read, made);
  assert.deepEqual(
    [read.userNames, read.groupNames, read.roleRef],
    [['ann', 'system:serviceaccount:default:robot'], ['makers'], { name: 'reader', namespace: 'default' }],
  );
  // In force at once, and written back as it was read.
  await must(200, 'GET', `/api/v1${IN}/pods`, undefined, 'ann');
  assert.deepEqual((await must(200, 'PUT', `${OURS}${IN}/rolebindings/readers`, read)).metadata, read.metadata);
  const admins = await must(200, 'GET', `${OURS}/clusterrolebindings/cluster-admin`);
  assert.deepEqual(
    [admins.userNames, admins.groupNames, admins.roleRef],
    [undefined, ['system:masters'], { name: 'cluster-admin' }],
  );
});

test('what OpenShift 3 could say and RBAC cannot is refused, and nobody gives more than they have', async () => {
  const role = {
    metadata: { name: 'x' },
    rules: [{ ...rules(['get'], ['pods'])[0], attributeRestrictions: { apiVersion: 'v1', kind: 'X' } }],
  };
  const refused = await must(422, 'POST', `${OURS}${IN}/roles`, role);
  assert.match(
    refused.message,
    /rules\[0\]\.attributeRestrictions: Forbidden: rules with attribute restrictions are not supported/,
  );
  const elsewhere = {
    metadata: { name: 'x', namespace: 'default' },
    userNames: ['ann'],
    roleRef: { name: 'x', namespace: 'kube-system' },
  };
  assert.match(
    (await must(422, 'POST', `${OURS}${IN}/rolebindings`, elsewhere)).message,
    /roleRef\.namespace: Invalid value: "kube-system"/,
  );
  await must(201, 'POST', `${RBAC}${IN}/roles`, {
    metadata: { name: 'binder' },
    rules: rules(['create'], ['rolebindings'], ['authorization.openshift.io']),
  });
  await must(201, 'POST', `${OURS}${IN}/rolebindings`, {
    metadata: { name: 'binder', namespace: 'default' },
    userNames: ['bea'],
    roleRef: { name: 'binder', namespace: 'default' },
  });
  const give = (name: string, role: string) => ({
    metadata: { name, namespace: 'default' },
    userNames: ['bea'],
    roleRef: { name: role },
  });
  const more = await must(403, 'POST', `${OURS}${IN}/rolebindings`, give('more', 'cluster-admin'), 'bea');
  assert.match(more.message, /attempting to grant RBAC permissions not currently held/);
});

test('who can do something is told to whom may ask', async () => {
  const question = { verb: 'list', resource: 'pods' };
  const told = await must(201, 'POST', `${OURS}${IN}/localresourceaccessreviews`, question);
  assert.deepEqual([told.kind, told.namespace], ['ResourceAccessReviewResponse', 'default']);
  for (const name of ['ann', 'system:serviceaccount:default:robot']) assert.ok(told.users.includes(name), name);
  for (const name of ['makers', 'system:masters']) assert.ok(told.groups.includes(name), name);
  const everywhere = await must(201, 'POST', `${OURS}/resourceaccessreviews`, question);
  assert.deepEqual([everywhere.users.includes('ann'), everywhere.groups.includes('system:masters')], [false, true]);
  const within = await must(201, 'POST', `${OURS}/resourceaccessreviews`, { ...question, namespace: 'default' });
  assert.deepEqual(within, told);
  for (const [path, body] of [
    [`${IN}/localresourceaccessreviews`, question],
    ['/resourceaccessreviews', question],
    ['/resourceaccessreviews', { ...question, namespace: 'default' }],
  ] as const)
    assert.match(
      (await must(403, 'POST', OURS + path, body, `ann@${KNOWN}`)).message,
      /User "ann" cannot create resource "(local)?resourceaccessreviews"/,
    );
  assert.match(
    (await must(422, 'POST', `${OURS}${IN}/localresourceaccessreviews`, { verb: 'get' })).message,
    /resource: Required value/,
  );
  assert.match(
    (await must(422, 'POST', `${OURS}${IN}/localresourceaccessreviews`, { ...question, namespace: 'x' })).message,
    /namespace must be: default/,
  );
});

test('everybody asks what they may do themselves; what others may, those with a right to ask', async () => {
  const question = { namespace: 'default', verb: 'list', resource: 'pods' };
  const ask = async (path: string, body: object, as: string) => (await must(201, 'POST', OURS + path, body, as)).allowed;
  assert.equal(await ask('/subjectaccessreviews', question, `ann@${KNOWN}`), true);
  assert.equal(await ask('/subjectaccessreviews', question, `dora@${KNOWN}`), false);
  assert.equal(await ask(`${IN}/localsubjectaccessreviews`, question, `ann@${KNOWN}`), true);
  const aboutAnn = { ...question, user: 'ann', groups: [] };
  await must(403, 'POST', `${OURS}/subjectaccessreviews`, aboutAnn, `dora@${KNOWN}`);
  await must(403, 'POST', `${OURS}${IN}/localsubjectaccessreviews`, aboutAnn, `dora@${KNOWN}`);
  await must(401, 'POST', `${OURS}/subjectaccessreviews`, question, null as never);
  assert.equal(await ask('/subjectaccessreviews', aboutAnn, 'admin'), true);
  assert.equal(await ask(`${IN}/localsubjectaccessreviews`, { ...question, user: 'dora' }, 'admin'), false);
});

test("a resource of OpenShift's that is asked about without its group, as clients of before there were groups do, is that one", async () => {
  const ask = async (resource: string, group: string) => {
    const body = { namespace: 'default', verb: 'get', resource, resourceAPIGroup: group, user: 'eve', groups: [] };
    return (await must(201, 'POST', `${OURS}/subjectaccessreviews`, body, 'admin')).allowed;
  };
  assert.equal(await ask('routes', 'route.openshift.io'), false);
  await must(201, 'POST', `${RBAC}${IN}/roles`, {
    metadata: { name: 'router' },
    rules: [{ verbs: ['get'], apiGroups: ['route.openshift.io'], resources: ['routes'] }],
  });
  await must(201, 'POST', `${RBAC}${IN}/rolebindings`, {
    metadata: { name: 'router' },
    roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'Role', name: 'router' },
    subjects: [{ kind: 'User', apiGroup: 'rbac.authorization.k8s.io', name: 'eve' }],
  });
  assert.deepEqual(
    [await ask('routes', ''), await ask('routes', 'route.openshift.io'), await ask('routes', 'apps')],
    [true, true, false],
  );
});

test('the rules of a namespace are told to whom they are about', async () => {
  const mine = await must(201, 'POST', `${OURS}${IN}/selfsubjectrulesreviews`, { spec: {} }, `ann@${KNOWN}`);
  assert.ok(
    mine.status.rules.some(({ resources }: { resources: string[] | null }) => resources?.join() === 'pods'),
    JSON.stringify(mine),
  );
  const about = { spec: { user: 'ann', groups: [] } };
  await must(403, 'POST', `${OURS}${IN}/subjectrulesreviews`, about, `dora@${KNOWN}`);
  const hers = await must(201, 'POST', `${OURS}${IN}/subjectrulesreviews`, about);
  assert.deepEqual(hers.status.rules, [{ apiGroups: [''], resources: ['pods'], verbs: ['get', 'list'] }]);
  assert.match((await must(422, 'POST', `${OURS}${IN}/subjectrulesreviews`, { spec: {} })).message, /spec\.user: Required value/);
});
