import assert from 'node:assert/strict';
import { test } from 'node:test';
import { eventually } from '../../../../support/eventually.ts';
import { type ApiUnderTest, configMap, startApi } from '../../apiserver/api-under-test.ts';

const QUOTAS = '/apis/quota.openshift.io/v1/clusterresourcequotas';
const applied = (namespace: string): string => `/apis/quota.openshift.io/v1/namespaces/${namespace}/appliedclusterresourcequotas`;
const maps = (namespace: string): string => `/api/v1/namespaces/${namespace}/configmaps`;
const REQUESTER = 'openshift.io/requester';
const COUNT = 'count/configmaps';

const quota = (name: string, selector: object, hard: object) => ({ metadata: { name }, spec: { selector, quota: { hard } } });
const ofAnn = (most: string) => quota('anns', { annotations: { [REQUESTER]: 'ann' } }, { [COUNT]: most });

async function projects(api: ApiUnderTest, owners: Record<string, string>): Promise<void> {
  for (const [name, owner] of Object.entries(owners))
    await api.call('POST', '/api/v1/namespaces', { body: { metadata: { name, annotations: { [REQUESTER]: owner } } } });
}
const statusOf = async (api: ApiUnderTest) => (await api.call('GET', `${QUOTAS}/anns`)).body.status;
const usedIn = async (api: ApiUnderTest): Promise<Record<string, string>> => {
  const { namespaces = [] } = await statusOf(api);
  return Object.fromEntries(
    (namespaces as { namespace: string; status: { used: Record<string, string> } }[]).map(({ namespace, status }) => [
      namespace,
      status.used[COUNT]!,
    ]),
  );
};

test('projects that share a quota use no more than it gives, whoever writes at once; others are not held to it', async () => {
  await using api = await startApi();
  await projects(api, { one: 'ann', two: 'ann', other: 'bob' });
  assert.equal((await api.call('POST', QUOTAS, { body: ofAnn('5') })).code, 201);
  const write = (namespace: string, name: string) => api.call('POST', maps(namespace), { body: configMap(name) });
  const replies = await Promise.all(Array.from({ length: 30 }, (_, i) => write(i % 2 === 0 ? 'one' : 'two', `m${i}`)));
  assert.deepEqual(
    [201, 403].map((code) => replies.filter((reply) => reply.code === code).length),
    [5, 25],
  );
  assert.match(
    replies.find(({ code }) => code === 403)!.body.message,
    /is forbidden: exceeded quota: anns, requested: count\/configmaps=1, used: count\/configmaps=5, limited: count\/configmaps=5/,
  );
  assert.equal((await write('other', 'free')).code, 201);
  const { total } = await statusOf(api);
  assert.deepEqual(total, { hard: { [COUNT]: '5' }, used: { [COUNT]: '5' } });
  const used = await usedIn(api);
  const count = async (namespace: string): Promise<number> => (await api.call('GET', maps(namespace))).body.items.length;
  assert.deepEqual(used, { one: String(await count('one')), two: String(await count('two')) });
  const [first] = (await api.call('GET', maps('one'))).body.items;
  await api.call('DELETE', `${maps('one')}/${first.metadata.name}`);
  await eventually(async () => (await write('two', 'again')).code === 201);
  assert.equal((await write('one', 'more')).code, 403);
});

test('a shared quota follows the projects that it selects, and its own limits', async () => {
  await using api = await startApi();
  await projects(api, { one: 'ann', late: 'bob' });
  await api.call('POST', maps('one'), { body: configMap('a') });
  await api.call('POST', maps('late'), { body: configMap('b') });
  await api.call('POST', QUOTAS, { body: ofAnn('2') });
  await eventually(async () => assert.deepEqual(await usedIn(api), { one: '1' }));
  const give = (owner: string) =>
    api.call('PATCH', '/api/v1/namespaces/late', { body: { metadata: { annotations: { [REQUESTER]: owner } } } });
  await give('ann');
  await eventually(async () => assert.deepEqual(await usedIn(api), { late: '1', one: '1' }));
  assert.equal((await api.call('POST', maps('one'), { body: configMap('c') })).code, 403);
  await give('bob');
  await eventually(async () => assert.deepEqual(await usedIn(api), { one: '1' }));
  assert.equal((await api.call('POST', maps('one'), { body: configMap('c') })).code, 201);
  await api.call('PATCH', `${QUOTAS}/anns`, { body: { spec: { selector: { annotations: { [REQUESTER]: 'bob' } } } } });
  await eventually(async () => assert.deepEqual(await usedIn(api), { late: '1' }));
});

test('users of a project are shown the shared quotas that count it', async () => {
  await using api = await startApi();
  await projects(api, { one: 'ann', other: 'bob' });
  await api.call('POST', QUOTAS, { body: ofAnn('2') });
  await api.call('POST', '/apis/rbac.authorization.k8s.io/v1/namespaces/one/rolebindings', {
    body: {
      metadata: { name: 'v' },
      roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name: 'system:openshift:aggregate-to-view' },
      subjects: [{ apiGroup: 'rbac.authorization.k8s.io', kind: 'User', name: 'ann' }],
    },
  });
  const list = await api.call('GET', applied('one'), { as: 'ann' });
  assert.equal(list.code, 200, list.text);
  const [shown] = list.body.items;
  assert.deepEqual([shown.kind, shown.metadata.name, shown.metadata.namespace], ['AppliedClusterResourceQuota', 'anns', 'one']);
  assert.equal((await api.call('GET', `${applied('one')}/anns`, { as: 'ann' })).body.spec.quota.hard[COUNT], '2');
  assert.deepEqual((await api.call('GET', applied('other'))).body.items, []);
  assert.equal((await api.call('GET', applied('other'), { as: 'ann' })).code, 403);
  assert.equal((await api.call('GET', QUOTAS, { as: 'ann' })).code, 403);
});

test('a shared quota that selects everything, or limits what is no resource, is refused', async () => {
  await using api = await startApi();
  const refused = async (body: object): Promise<string> => {
    const reply = await api.call('POST', QUOTAS, { body });
    assert.equal(reply.code, 422, reply.text);
    return reply.body.message;
  };
  for (const selector of [{}, { labels: {} }, { labels: null, annotations: {} }])
    assert.match(
      await refused(quota('x', selector, { pods: '1' })),
      /spec\.selector: Required value: must restrict the selected projects/,
    );
  assert.match(
    await refused(quota('x', { annotations: { a: 'b' } }, { pods: '-1' })),
    /spec\.quota\.hard\[pods\]: Invalid value: "-1"/,
  );
});
