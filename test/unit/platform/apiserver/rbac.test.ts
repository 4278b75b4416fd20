import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { createMemoryBackend } from '../../../../lib/platform/storage/memory/memory-backend.ts';
import { type ApiUnderTest, CONFIG_MAPS, configMap, startApi } from './api-under-test.ts';
import { lateBackend } from './late-watch.ts';

let t: ApiUnderTest;
before(async () => {
  t = await startApi();
});
after(() => t[Symbol.asyncDispose]());

const RBAC = '/apis/rbac.authorization.k8s.io/v1';
const ROLES = `${RBAC}/namespaces/default/roles`;
const BINDINGS = `${RBAC}/namespaces/default/rolebindings`;
const GROUP = 'rbac.authorization.k8s.io';
const ADMIN = 'admin';

const rule = (verbs: string[], resources: string[], apiGroups = ['']) => ({ verbs, apiGroups, resources });
const named = (name: string, fields: object) => ({ metadata: { name }, ...fields });
const subject = (name: string, kind = 'User') => ({ kind, apiGroup: GROUP, name });
const roleRef = (kind: string, name: string) => ({ apiGroup: GROUP, kind, name });

async function must(code: number, method: string, path: string, body?: unknown, as = ADMIN) {
  const reply = await t.call(method, path, { as, ...(body === undefined ? {} : { body }) });
  assert.equal(reply.code, code, `${as} ${method} ${path}: ${reply.text}`);
  return reply.body;
}
const grant = async (who: string, name: string, rules: object[]): Promise<void> => {
  await must(201, 'POST', ROLES, named(name, { rules }));
  await must(201, 'POST', BINDINGS, named(name, { roleRef: roleRef('Role', name), subjects: [subject(who)] }));
};

test('a role and its binding are in force with their answers, and no longer than they are there', async () => {
  await must(403, 'POST', CONFIG_MAPS, configMap('one'), 'rita');
  await grant('rita', 'writer', [rule(['create', 'get'], ['configmaps'])]);
  await must(201, 'POST', CONFIG_MAPS, configMap('one'), 'rita');
  await must(200, 'GET', `${CONFIG_MAPS}/one`, undefined, 'rita');
  const refused = await must(403, 'DELETE', `${CONFIG_MAPS}/one`, undefined, 'rita');
  assert.equal(
    refused.message,
    'configmaps "one" is forbidden: User "rita" cannot delete resource "configmaps" in API group "" in the namespace "default"',
  );
  await must(403, 'GET', '/api/v1/namespaces/kube-system/configmaps/x', undefined, 'rita');
  await must(200, 'DELETE', `${BINDINGS}/writer`);
  await must(403, 'GET', `${CONFIG_MAPS}/one`, undefined, 'rita');
});

test('who may only update creates nothing by it', async () => {
  const leases = '/apis/coordination.k8s.io/v1/namespaces/default/leases';
  await grant('upd', 'lease-updater', [rule(['update'], ['leases'], ['coordination.k8s.io'])]);
  const lease = { metadata: { name: 'l' }, spec: { holderIdentity: 'upd' } };
  await must(403, 'PUT', `${leases}/l`, lease, 'upd');
  const made = await must(201, 'PUT', `${leases}/l`, lease);
  await must(200, 'PUT', `${leases}/l`, { ...made, spec: { holderIdentity: 'other' } }, 'upd');
});

test('nobody writes a role with rights that they do not hold', async () => {
  await grant('maker', 'role-maker', [
    rule(['create', 'update', 'patch', 'get'], ['roles'], [GROUP]),
    rule(['get', 'list'], ['pods']),
  ]);
  await must(201, 'POST', ROLES, named('held', { rules: [rule(['get'], ['pods'])] }), 'maker');
  const body = named('more', { rules: [rule(['get', 'delete'], ['pods', 'secrets'])] });
  const refused = await must(403, 'POST', ROLES, body, 'maker');
  assert.equal(
    refused.message,
    'roles.rbac.authorization.k8s.io "more" is forbidden: user "maker" (groups=["system:authenticated"]) is attempting to grant RBAC permissions not currently held:\n' +
      '{APIGroups:[""], Resources:["pods"], Verbs:["delete"]}\n' +
      '{APIGroups:[""], Resources:["secrets"], Verbs:["get" "delete"]}',
  );
  await must(201, 'POST', ROLES, body);
  // Not by way of a change either; what is no change is nobody's business.
  await must(403, 'PATCH', `${ROLES}/held`, { rules: [rule(['*'], ['*'], ['*'])] }, 'maker');
  await must(200, 'PATCH', `${ROLES}/held`, { rules: [rule(['list'], ['pods'])] }, 'maker');
  await must(200, 'PATCH', `${ROLES}/more`, { metadata: { finalizers: [] } }, 'maker');
});

test('who may escalate a role writes any rights into it', async () => {
  await grant('escalator', 'escalator', [
    rule(['create'], ['roles'], [GROUP]),
    { ...rule(['escalate'], ['roles'], [GROUP]), resourceNames: ['this-one'] },
  ]);
  const rules = [rule(['*'], ['secrets'])];
  await must(403, 'POST', ROLES, named('that-one', { rules }), 'escalator');
  await must(201, 'POST', ROLES, named('this-one', { rules }), 'escalator');
});

test('nobody binds a role with rights that they do not hold, unless they may bind it', async () => {
  await must(201, 'POST', ROLES, named('secrets', { rules: [rule(['get'], ['secrets'])] }));
  await grant('binder', 'binder', [rule(['create', 'update', 'get'], ['rolebindings'], [GROUP])]);
  const body = named('own', { roleRef: roleRef('Role', 'secrets'), subjects: [subject('binder')] });
  const refused = await must(403, 'POST', BINDINGS, body, 'binder');
  assert.match(
    refused.message,
    /^rolebindings\.rbac\.authorization\.k8s\.io "own" is forbidden: user "binder" .* not currently held:\n\{APIGroups:\[""\], Resources:\["secrets"\], Verbs:\["get"\]\}$/,
  );
  const absent = await must(404, 'POST', BINDINGS, { ...body, roleRef: roleRef('Role', 'nope') }, 'binder');
  assert.equal(absent.message, 'roles.rbac.authorization.k8s.io "nope" not found');
  await grant('binder', 'may-bind', [{ ...rule(['bind'], ['roles'], [GROUP]), resourceNames: ['secrets'] }]);
  await must(201, 'POST', BINDINGS, body, 'binder');
  await must(404, 'GET', '/api/v1/namespaces/default/secrets/none', undefined, 'binder');
});

test('a role that gathers is for those who may everything', async () => {
  const gathers = named('gatherer', { aggregationRule: { clusterRoleSelectors: [{ matchLabels: { x: 'y' } }] }, rules: [] });
  await must(
    201,
    'POST',
    `${RBAC}/clusterroles`,
    named('cluster-roles', { rules: [rule(['create'], ['clusterroles'], [GROUP])] }),
  );
  await must(
    201,
    'POST',
    `${RBAC}/clusterrolebindings`,
    named('cluster-roles', {
      roleRef: roleRef('ClusterRole', 'cluster-roles'),
      subjects: [subject('gail')],
    }),
  );
  const refused = await must(403, 'POST', `${RBAC}/clusterroles`, gathers, 'gail');
  assert.match(refused.message, /"gatherer" is forbidden: must have cluster-admin privileges to use the aggregationRule$/);
  await must(201, 'POST', `${RBAC}/clusterroles`, gathers);
});

test('the default roles are there, and come back at the next start', async () => {
  const backend = createMemoryBackend();
  const close = backend.close.bind(backend);
  backend.close = () => Promise.resolve();
  const path = `${RBAC}/clusterroles/system:discovery`;
  {
    await using first = await startApi({ backend });
    assert.equal((await first.call('DELETE', `${RBAC}/clusterroles/system:node`)).code, 200);
    assert.equal((await first.call('PATCH', path, { body: { rules: [] } })).code, 200);
    const view = await first.call('GET', `${RBAC}/clusterroles/view`);
    assert.equal(view.body.metadata.labels['rbac.authorization.k8s.io/aggregate-to-edit'], 'true');
    const masters = await first.call('GET', `${RBAC}/clusterrolebindings/cluster-admin`);
    assert.deepEqual(masters.body.subjects, [subject('system:masters', 'Group')]);
  }
  await using second = await startApi({ backend });
  assert.equal((await second.call('GET', `${RBAC}/clusterroles/system:node`)).code, 200);
  const { rules } = (await second.call('GET', path)).body;
  assert.ok(rules.some((each: { nonResourceURLs: string[] }) => each.nonResourceURLs.includes('/version')));
  backend.close = close;
});

test('somebody without credentials may what was granted to everybody, and is asked for credentials otherwise', async () => {
  await must(201, 'POST', ROLES, named('for-all', { rules: [{ ...rule(['get'], ['configmaps']), resourceNames: ['open'] }] }));
  await must(
    201,
    'POST',
    BINDINGS,
    named('for-all', {
      roleRef: roleRef('Role', 'for-all'),
      subjects: [subject('system:unauthenticated', 'Group')],
    }),
  );
  await must(201, 'POST', CONFIG_MAPS, configMap('open'));
  assert.equal((await t.call('GET', `${CONFIG_MAPS}/open`, { as: null })).code, 200);
  assert.equal((await t.call('GET', `${CONFIG_MAPS}/closed`, { as: null })).code, 401);
});

test('tables show bindings as kubectl prints them', async () => {
  const accept = 'application/json;as=Table;v=v1;g=meta.k8s.io';
  const { body } = await t.call('GET', `${RBAC}/clusterrolebindings/system:kube-dns`, { headers: { accept } });
  assert.deepEqual(
    body.columnDefinitions.map((column: { name: string }) => column.name),
    ['Name', 'Role', 'Age', 'Users', 'Groups', 'ServiceAccounts'],
  );
  const [name, role, , users, groups, accounts] = body.rows[0].cells;
  assert.deepEqual(
    [name, role, users, groups, accounts],
    ['system:kube-dns', 'ClusterRole/system:kube-dns', '', '', 'kube-system/kube-dns'],
  );
});

test('whatever a body says, it is refused in words, for those who hold rights and for those who hold everything', async () => {
  await grant('odd', 'odd', [rule(['create', 'update', 'patch'], ['roles', 'rolebindings'], [GROUP])]);
  const bodies: readonly [string, unknown][] = [
    [ROLES, { rules: [{}] }],
    [ROLES, { rules: [{ verbs: null, apiGroups: null }] }],
    [ROLES, { rules: [null] }],
    [ROLES, { rules: 'all' }],
    [ROLES, { rules: [{ verbs: [7], apiGroups: [''], resources: ['pods'] }] }],
    [BINDINGS, {}],
    [BINDINGS, { roleRef: null }],
    [BINDINGS, { roleRef: { kind: '__proto__', name: 'x' } }],
    [BINDINGS, { roleRef: { kind: 'Role' } }],
    [BINDINGS, { roleRef: roleRef('Role', 'odd'), subjects: [null] }],
    [BINDINGS, { roleRef: roleRef('Role', 'odd'), subjects: [{}] }],
    [BINDINGS, { roleRef: roleRef('Role', '../odd') }],
  ];
  for (const [path, fields] of bodies)
    for (const as of ['odd', ADMIN]) {
      const { code, text } = await t.call('POST', path, { as, body: named('odd-body', fields as object) });
      assert.ok(code >= 400 && code < 500, `${as} ${JSON.stringify(fields)}: ${code} ${text}`);
    }
});

test('a grant counts from its answer on also where the cache hears of writes late', async () => {
  await using slow = await startApi({ backend: lateBackend(15) });
  const ask = () => slow.call('GET', `${CONFIG_MAPS}/none`, { as: 'lena' });
  assert.equal((await ask()).code, 403);
  await slow.call('POST', ROLES, { body: named('r', { rules: [rule(['get'], ['configmaps'])] }) });
  await slow.call('POST', BINDINGS, { body: named('b', { roleRef: roleRef('Role', 'r'), subjects: [subject('lena')] }) });
  assert.equal((await ask()).code, 404);
  await slow.call('DELETE', `${BINDINGS}/b`);
  assert.equal((await ask()).code, 403);
});
