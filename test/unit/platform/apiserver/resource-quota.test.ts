import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { eventually } from '../../../support/eventually.ts';
import { runSeed, seededRandom } from '../../../support/random.ts';
import { type ApiUnderTest, configMap, pod, startApi } from './api-under-test.ts';
import { lateBackend } from './late-watch.ts';

let t: ApiUnderTest;
before(async () => {
  t = await startApi();
});
after(() => t[Symbol.asyncDispose]());

let made = 0;
/** A namespace with a quota `q` that is ready. */
async function limited(
  hard: object,
  more: object = {},
): Promise<{ ns: string; path: (resource: string, group?: string) => string }> {
  const ns = `quota-${++made}`;
  const path = (resource: string, api = '/api/v1'): string => `${api}/namespaces/${ns}/${resource}`;
  await t.call('POST', '/api/v1/namespaces', { body: { metadata: { name: ns } } });
  await t.call('POST', path('serviceaccounts'), { body: { metadata: { name: 'default' } } });
  const quota = await t.call('POST', path('resourcequotas'), { body: { metadata: { name: 'q' }, spec: { hard, ...more } } });
  assert.equal(quota.code, 201, quota.text);
  await eventually(async () => assert.deepEqual((await t.call('GET', path('resourcequotas/q'))).body.status.hard, hard));
  return { ns, path };
}
const used = async (path: (resource: string) => string): Promise<Record<string, string>> =>
  (await t.call('GET', path('resourcequotas/q'))).body.status.used as Record<string, string>;
const codes = async (calls: Promise<{ code: number }>[]): Promise<Record<number, number>> => {
  const counted: Record<number, number> = {};
  for (const { code } of await Promise.all(calls)) counted[code] = (counted[code] ?? 0) + 1;
  return counted;
};

test('of many writers at once exactly so many succeed as the quota has room for', async () => {
  const { path } = await limited({ configmaps: '10' });
  const create = (name: string) => t.call('POST', path('configmaps'), { body: configMap(name) });
  assert.deepEqual(await codes(Array.from({ length: 50 }, (_, i) => create(`c${i}`))), { 201: 10, 403: 40 });
  assert.deepEqual(await used(path), { configmaps: '10' });
  const refused = await create('one-more');
  assert.equal(
    refused.body.message,
    'configmaps "one-more" is forbidden: exceeded quota: q, requested: configmaps=1, used: configmaps=10, limited: configmaps=10',
  );
  const { items } = (await t.call('GET', path('configmaps'))).body as { items: { metadata: { name: string } }[] };
  const gone = items.slice(0, 3).map(({ metadata }) => t.call('DELETE', path(`configmaps/${metadata.name}`)));
  assert.deepEqual(await codes(gone), { 200: 3 });
  // What a deletion frees may be used once it has been answered.
  assert.deepEqual(await codes(Array.from({ length: 9 }, (_, i) => create(`d${i}`))), { 201: 3, 403: 6 });
});

test('a write that fails uses nothing, and neither does a dry run', async () => {
  const { path } = await limited({ configmaps: '2' });
  const create = (name: string, query = '') => t.call('POST', path(`configmaps${query}`), { body: configMap(name) });
  assert.equal((await create('a')).code, 201);
  for (let again = 0; again < 3; again++) assert.equal((await create('a')).code, 409);
  // At once, some may come while others hold what is left, and are told so: nothing of it stays.
  const atOnce = await codes(Array.from({ length: 5 }, () => create('a')));
  assert.equal((atOnce[409] ?? 0) + (atOnce[403] ?? 0), 5, JSON.stringify(atOnce));
  assert.equal((await create('b', '?dryRun=All')).code, 201);
  assert.deepEqual(await used(path), { configmaps: '1' });
  assert.equal((await create('b')).code, 201);
  assert.equal((await create('c', '?dryRun=All')).code, 403);
});

const cpu = (amount: string) => ({ resources: { requests: { cpu: amount }, limits: { cpu: amount } } });
const podOf = (name: string, amount?: string) =>
  pod(name, { containers: [{ name: 'c', image: 'i', ...(amount === undefined ? {} : cpu(amount)) }] });

test('pods count by what they ask for, until they are over', async () => {
  const { path } = await limited({ 'requests.cpu': '1', pods: '3' });
  assert.equal((await t.call('POST', path('pods'), { body: podOf('a', '600m') })).code, 201);
  const beyond = await t.call('POST', path('pods'), { body: podOf('b', '500m') });
  assert.equal(
    beyond.body.message,
    'pods "b" is forbidden: exceeded quota: q, requested: requests.cpu=500m, used: requests.cpu=600m, limited: requests.cpu=1',
  );
  const silent = await t.call('POST', path('pods'), { body: podOf('c') });
  assert.equal(silent.body.message, 'pods "c" is forbidden: failed quota: q: must specify requests.cpu for: c');
  const done = await t.call('PATCH', path('pods/a/status'), { body: { status: { phase: 'Succeeded' } } });
  assert.equal(done.code, 200, done.text);
  assert.deepEqual(await used(path), { pods: '0', 'requests.cpu': '0' });
  assert.equal((await t.call('POST', path('pods'), { body: podOf('b', '500m') })).code, 201);
});

test('a scope says which pods count', async () => {
  const { path } = await limited({ pods: '1' }, { scopes: ['BestEffort'] });
  assert.deepEqual(
    await codes([t.call('POST', path('pods'), { body: podOf('a') }), t.call('POST', path('pods'), { body: podOf('b') })]),
    { 201: 1, 403: 1 },
  );
  assert.equal((await t.call('POST', path('pods'), { body: podOf('c', '1') })).code, 201);
  assert.equal((await t.call('POST', path('configmaps'), { body: configMap('x') })).code, 201);
});

test('services count their node ports, claims their storage, and every kind by count/', async () => {
  const { path } = await limited({ 'services.nodeports': '2', 'requests.storage': '5Gi', 'count/deployments.apps': '0' });
  const service = (name: string, type: string) => ({
    metadata: { name },
    spec: {
      type,
      ports: [
        { port: 1, name: 'a' },
        { port: 2, name: 'b' },
      ],
    },
  });
  assert.equal((await t.call('POST', path('services'), { body: service('a', 'ClusterIP') })).code, 201);
  assert.equal((await t.call('PATCH', path('services/a'), { body: { spec: { type: 'NodePort' } } })).code, 200);
  assert.equal((await t.call('POST', path('services'), { body: service('b', 'NodePort') })).code, 403);
  const claim = (name: string, storage: string) => ({
    metadata: { name },
    spec: { accessModes: ['ReadWriteOnce'], resources: { requests: { storage } } },
  });
  assert.equal((await t.call('POST', path('persistentvolumeclaims'), { body: claim('a', '3Gi') })).code, 201);
  assert.match(
    (await t.call('POST', path('persistentvolumeclaims'), { body: claim('b', '3Gi') })).body.message,
    /requested: requests\.storage=3Gi/,
  );
  const template = { metadata: { labels: { a: 'b' } }, spec: { containers: [{ name: 'c', image: 'i' }] } };
  const deployment = { metadata: { name: 'd' }, spec: { selector: { matchLabels: { a: 'b' } }, template } };
  assert.match(
    (await t.call('POST', path('deployments', '/apis/apps/v1'), { body: deployment })).body.message,
    /count\/deployments\.apps=1/,
  );
  assert.deepEqual(await used(path), { 'count/deployments.apps': '0', 'requests.storage': '3Gi', 'services.nodeports': '2' });
});

test('a quota counts what was there before it, and a changed one goes by the new limit', async () => {
  const { path } = await limited({ secrets: '100' });
  for (const name of ['a', 'b']) await t.call('POST', path('configmaps'), { body: configMap(name) });
  await t.call('PATCH', path('resourcequotas/q'), { body: { spec: { hard: { secrets: null, configmaps: '2' } } } });
  assert.equal((await t.call('POST', path('configmaps'), { body: configMap('c') })).code, 403);
  await eventually(async () => assert.deepEqual(await used(path), { configmaps: '2' }));
});

test('whatever comes in whatever order from two servers, no more is there than may be, and what is counted is what is there', async () => {
  // Each server's cache is behind the other's writes: only the swap tells.
  const backend = lateBackend(5);
  const close = backend.close.bind(backend);
  backend.close = () => Promise.resolve();
  const seed = runSeed();
  const random = seededRandom(seed);
  {
    await using one = await startApi({ backend });
    await using two = await startApi({ backend });
    const servers = [one, two];
    const maps = '/api/v1/namespaces/default/configmaps';
    const quotas = '/api/v1/namespaces/default/resourcequotas';
    const LIMIT = 7;
    const body = { metadata: { name: 'q' }, spec: { hard: { configmaps: String(LIMIT) } } };
    await one.call('POST', quotas, { body });
    await eventually(async () =>
      assert.equal((await two.call('GET', `${quotas}/q`)).body.status?.hard?.configmaps, String(LIMIT)),
    );
    for (let round = 0; round < 6; round++) {
      await Promise.all(
        Array.from({ length: 24 }, () => {
          const server = servers[Math.floor(random() * 2)]!;
          const name = `m${Math.floor(random() * 20)}`;
          return random() < 0.65
            ? server.call('POST', maps, { body: configMap(name) })
            : server.call('DELETE', `${maps}/${name}`);
        }),
      );
      const { items } = (await one.call('GET', maps)).body as { items: unknown[] };
      const { status } = (await one.call('GET', `${quotas}/q`)).body;
      assert.ok(items.length <= LIMIT, `${items.length} of ${LIMIT}, OO_TEST_SEED=${seed}`);
      assert.equal(status.used.configmaps, String(items.length), `OO_TEST_SEED=${seed}, round ${round}`);
    }
  }
  backend.close = close;
});
