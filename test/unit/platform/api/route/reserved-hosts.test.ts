import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { resolveConfig } from '../../../../../lib/platform/config/load-config.ts';
import type { MachineFacts } from '../../../../../lib/platform/config/machine-facts.ts';
import { kindSettings } from '../../../../../lib/platform/part-settings.ts';
import { render } from '../../../../../lib/platform/router/render.ts';
import type { Route } from '../../../../../lib/platform/api/route/route-types.ts';
import { type ApiUnderTest, type Reply, startApi } from '../../apiserver/api-under-test.ts';

const ROUTES = '/apis/route.openshift.io/v1/namespaces/shop/routes';
const INGRESSES = '/apis/networking.k8s.io/v1/namespaces/shop/ingresses';
const RBAC = '/apis/rbac.authorization.k8s.io/v1';

const facts = { hostname: 'Server1.example.test' } as unknown as MachineFacts;
const config = resolveConfig(
  'test',
  {
    advertiseAddress: '192.0.2.7',
    tlsSANs: ['203.0.113.5', 'public.example.test'],
    dns: { domain: 'inside.test' },
    router: { reservedHosts: ['api.example.test'] },
  },
  facts,
);

let t: ApiUnderTest;
const route = (name: string, host: string, spec: object = {}): object => ({
  metadata: { name },
  spec: { host, to: { kind: 'Service', name: 'web' }, ...spec },
});
const ingress = (name: string, ...hosts: string[]): object => ({
  metadata: { name },
  spec: {
    rules: hosts.map((host) => ({
      host,
      http: { paths: [{ path: '/', pathType: 'Prefix', backend: { service: { name: 'web', port: { number: 80 } } } }] },
    })),
  },
});
const create = (path: string, as: string, body: object): Promise<Reply> => t.call('POST', path, { as, body });
const patch = (path: string, as: string, spec: object): Promise<Reply> => t.call('PATCH', path, { as, body: { spec } });

/** What `admin` is put together from. */
const ADMIN = ['', 'openshift:'].flatMap((of) => [`system:${of}aggregate-to-edit`, `system:${of}aggregate-to-admin`]);

async function bind(api: ApiUnderTest, namespace: string, user: string, ...roles: string[]): Promise<void> {
  const apiGroup = 'rbac.authorization.k8s.io';
  for (const name of roles) {
    const body = {
      metadata: { name: `${user}-${name}` },
      subjects: [{ kind: 'User', apiGroup, name: user }],
      roleRef: { apiGroup, kind: 'ClusterRole', name },
    };
    assert.equal((await api.call('POST', `${RBAC}/namespaces/${namespace}/rolebindings`, { body })).code, 201);
  }
}

before(async () => {
  t = await startApi({ settings: kindSettings(config) });
  await t.call('POST', '/api/v1/namespaces', { body: { metadata: { name: 'shop' } } });
  const rules = [{ verbs: ['create'], apiGroups: ['route.openshift.io'], resources: ['routes/reserved-host'] }];
  await t.call('POST', `${RBAC}/clusterroles`, { body: { metadata: { name: 'platform-hosts' }, rules } });
  await bind(t, 'shop', 'ann', ...ADMIN);
  await bind(t, 'shop', 'bob', ...ADMIN, 'platform-hosts');
});
after(() => t[Symbol.asyncDispose]());

test("whose route has the platform's host gets every request for it that comes to the router's ports, with the cookies of its pages", () => {
  const spec = { host: '192.0.2.7', to: { kind: 'Service', name: 'web' }, tls: { termination: 'edge' } };
  const taken = { metadata: { namespace: 'shop', name: 'web', uid: 'u' }, spec } as Route;
  const settings = { httpPort: 80, httpsPort: 443, serving: { certPem: 'C', keyPem: 'K' }, caPem: 'A' };
  const { config, files } = render([taken], () => [], settings);
  const map = /map_beg\(\S+\/(\S+\.map)\)/g;
  const texts = [...config.matchAll(map)].map(([, name]) => files.texts.get(name!));
  assert.ok(texts.includes('192.0.2.7/ be_edge_http:shop:web\n'), String(texts));
});

for (const host of [
  'server1.example.test',
  'localhost',
  'api.example.test',
  'public.example.test',
  'kubernetes.default.svc',
  'openshift.default.svc.cluster.local',
  'kubernetes.default.svc.inside.test',
  'docker-registry.default.svc',
  'image-registry.openshift-image-registry.svc.inside.test',
])
  test(`${host} is no project's: whoever administers one is told the way out, others have it`, async () => {
    const refused = await create(ROUTES, 'ann', route('taken', host));
    assert.equal(refused.code, 422, refused.text);
    assert.deepEqual(
      refused.body.details.causes.map(({ reason, field }: Record<string, string>) => [reason, field]),
      [['FieldValueInvalid', 'spec.host']],
    );
    assert.equal(
      refused.body.message,
      `Route.route.openshift.io "taken" is invalid: spec.host: Invalid value: "${host}": the platform itself answers at this host and you do not have permission to take it: name another, such as one below apps.localhost, or ask an administrator for the right to create routes/reserved-host (route.openshift.io)`,
    );
    for (const as of ['bob', 'admin']) {
      const made = await create(ROUTES, as, route(`by-${as}`, host));
      assert.equal(made.code, 201, made.text);
      assert.equal((await t.call('DELETE', `${ROUTES}/by-${as}`)).code, 200);
    }
  });

test("an address is no project's, whoever has it", async () => {
  for (const host of ['192.0.2.7', '127.0.0.1', '203.0.113.9']) {
    const refused = await create(ROUTES, 'ann', route('address', host));
    assert.equal(refused.code, 422, refused.text);
    assert.match(
      refused.body.message,
      /spec\.host: Invalid value: "[\d.]+": must be a DNS name, not an IP address; name one, or ask/,
    );
    assert.equal((await create(ROUTES, 'bob', route('address', host))).code, 201);
    assert.equal((await t.call('DELETE', `${ROUTES}/address`)).code, 200);
  }
});

test('no path, encryption or wildcard leads around it; hosts beside and below are free', async () => {
  for (const [spec, host = 'localhost'] of [
    [{ path: '/oauth' }],
    [{ tls: { termination: 'passthrough' } }],
    [{ wildcardPolicy: 'Subdomain' }],
    [{}, '*.example.test'],
    [{}, 'LOCALHOST'],
    [{}, 'localhost.'],
  ] as [object, string?][]) {
    const refused = await create(ROUTES, 'ann', route('around', host, spec));
    assert.equal(refused.code, 422, refused.text);
    assert.match(refused.body.message, /spec\.host: Invalid value/);
  }
  for (const [i, host] of ['shop.example.test', 'shop.localhost', 'server1.example.test.shop.test', 'example.test'].entries())
    for (const spec of [{ path: '/oauth' }, { tls: { termination: 'passthrough' } }])
      assert.equal((await create(ROUTES, 'ann', route(`free-${i}-${'path' in spec}`, host, spec))).code, 201, host);
});

test('a subdomain that makes up such a host is refused as well', async () => {
  await using other = await startApi({ settings: { routes: { domain: 'example.test', reservedHosts: ['api.example.test'] } } });
  const body = (name: string, subdomain: string): object => ({
    metadata: { name },
    spec: { subdomain, to: { kind: 'Service', name: 'web' } },
  });
  await bind(other, 'default', 'ann', ...ADMIN);
  const path = '/apis/route.openshift.io/v1/namespaces/default/routes';
  const refused = await other.call('POST', path, { as: 'ann', body: body('a', 'api') });
  assert.equal(refused.code, 422, refused.text);
  assert.match(refused.body.message, /spec\.host: Invalid value: "api\.example\.test": the platform itself/);
  const made = await other.call('POST', path, { as: 'ann', body: body('b', 'shop') });
  assert.equal(made.body.spec.host, 'shop.example.test', made.text);
});

test('no route moves to such a host; one that an administrator has put there stays, whoever writes it', async () => {
  assert.equal((await create(ROUTES, 'ann', route('moves', 'moves.example.test'))).code, 201);
  const refused = await patch(`${ROUTES}/moves`, 'ann', { host: 'localhost' });
  assert.equal(refused.code, 422, refused.text);
  assert.match(refused.body.message, /spec\.host: Invalid value: "localhost": the platform itself answers at this host/);
  assert.equal((await patch(`${ROUTES}/moves`, 'ann', { host: 'moved.example.test' })).body.spec.host, 'moved.example.test');
  assert.equal((await patch(`${ROUTES}/moves`, 'bob', { host: 'localhost' })).body.spec.host, 'localhost');
  assert.equal((await patch(`${ROUTES}/moves`, 'ann', { path: '/shop' })).code, 200);
  assert.equal((await patch(`${ROUTES}/moves`, 'ann', { host: 'api.example.test' })).code, 422);
});

test('an ingress, of which the platform makes routes, gets them no more than a route', async () => {
  const refused = await create(INGRESSES, 'ann', ingress('taken', 'shop.example.test', 'localhost'));
  assert.equal(refused.code, 422, refused.text);
  assert.match(
    refused.body.message,
    /^Ingress\.networking\.k8s\.io "taken" is invalid: spec\.rules\[1\]\.host: Invalid value: "localhost": the platform/,
  );
  assert.equal((await create(INGRESSES, 'bob', ingress('given', 'shop.example.test', 'localhost'))).code, 201);
  assert.equal((await create(INGRESSES, 'ann', ingress('own', 'shop.example.test'))).code, 201);
  const { spec } = ingress('own', 'other.example.test', 'api.example.test') as { spec: object };
  assert.match((await patch(`${INGRESSES}/own`, 'ann', spec)).body.message, /spec\.rules\[1\]\.host: Invalid value: "api/);
  assert.equal((await patch(`${INGRESSES}/own`, 'admin', spec)).code, 200);
  assert.equal((await patch(`${INGRESSES}/own`, 'ann', { ...spec, ingressClassName: 'openshift-default' })).code, 200);
});

test('who administers a project cannot give the right', async () => {
  const rules = [{ verbs: ['create'], apiGroups: ['route.openshift.io'], resources: ['routes/reserved-host'] }];
  const roles = `${RBAC}/namespaces/shop/roles`;
  assert.equal((await create(roles, 'ann', { metadata: { name: 'own' }, rules })).code, 403);
  const custom = [{ ...rules[0], resources: ['routes/custom-host'] }];
  assert.equal((await create(roles, 'ann', { metadata: { name: 'own' }, rules: custom })).code, 201);
});
