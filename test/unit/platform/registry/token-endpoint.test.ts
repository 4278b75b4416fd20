import assert from 'node:assert/strict';
import { X509Certificate } from 'node:crypto';
import { after, before, test } from 'node:test';
import { decodeProtectedHeader, importX509, type JWTPayload, jwtVerify } from 'jose';
import { systemClock } from '../../../../lib/common/clock.ts';
import type { KubeObject } from '../../../../lib/platform/api/meta.ts';
import type { Client } from '../../../../lib/platform/client/client.ts';
import { inProcessClient } from '../../../../lib/platform/client/in-process-client.ts';
import { fullDiskOf } from '../../../../lib/platform/components/full-disk.ts';
import { REGISTRY_NAMESPACE, REGISTRY_PODS } from '../../../../lib/platform/registry/registry-settings.ts';
import { parseScopes, projectAndStream } from '../../../../lib/platform/registry/scopes.ts';
import { tokenIssuer } from '../../../../lib/platform/registry/token-issuer.ts';
import { tokenEndpoint } from '../../../../lib/platform/registry/token-endpoint.ts';
import { eventually } from '../../../support/eventually.ts';
import { type ApiUnderTest, type Reply, startApi } from '../apiserver/api-under-test.ts';

let api: ApiUnderTest;
const tokens: Record<string, string> = {};
/** How often the API was asked whether somebody may do something. */
let reviews = 0;

before(async () => {
  const user = { name: 'system:openshift:registry', groups: ['system:authenticated'] };
  api = await startApi(({ registryTokens }) => ({
    mounts: (verbs) => [
      tokenEndpoint({
        client: counted(inProcessClient(verbs(user), user.name)),
        issue: tokenIssuer(registryTokens, systemClock),
        fullDisk: () => fullDiskOf(inProcessClient(verbs(user), user.name), REGISTRY_NAMESPACE, REGISTRY_PODS),
      }),
    ],
  }));
  for (const namespace of ['shop', 'other'])
    await create('/api/v1/namespaces', { kind: 'Namespace', metadata: { name: namespace } });
  for (const name of ['pusher', 'puller', 'nobody']) {
    await create('/api/v1/namespaces/shop/serviceaccounts', { kind: 'ServiceAccount', metadata: { name } });
    const review = { apiVersion: 'authentication.k8s.io/v1', kind: 'TokenRequest', metadata: {}, spec: { audiences: [] } };
    const answer = await create(`/api/v1/namespaces/shop/serviceaccounts/${name}/token`, review);
    tokens[name] = answer.body.status.token as string;
  }
  await bind('pusher', 'system:image-pusher');
  await bind('puller', 'system:image-puller');
});
after(() => api[Symbol.asyncDispose]());

function counted(client: Client): Client {
  return {
    ...client,
    create(ref, object, options) {
      if (ref.resource === 'subjectaccessreviews') reviews++;
      return client.create(ref, object, options);
    },
  };
}

async function create(path: string, body: object): Promise<Reply> {
  const reply = await api.call('POST', path, { body: { apiVersion: 'v1', ...body } });
  assert.equal(reply.code, 201, reply.text);
  return reply;
}

async function bind(account: string, role: string): Promise<void> {
  await create('/apis/rbac.authorization.k8s.io/v1/namespaces/shop/rolebindings', {
    apiVersion: 'rbac.authorization.k8s.io/v1',
    kind: 'RoleBinding',
    metadata: { name: account },
    roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name: role },
    subjects: [{ kind: 'ServiceAccount', name: account, namespace: 'shop' }],
  } as unknown as KubeObject);
}

const ask = (password: string | undefined, ...scopes: string[]): Promise<Reply> =>
  api.call(
    'GET',
    `/registry/token?service=docker-registry&${scopes.map((scope) => `scope=${encodeURIComponent(scope)}`).join('&')}`,
    {
      as: null,
      headers: password === undefined ? {} : { authorization: `Basic ${Buffer.from(`any:${password}`).toString('base64')}` },
    },
  );

/** What the token says, once its signature has been checked as the registry does. */
async function claims(reply: Reply): Promise<JWTPayload & { access: unknown[] }> {
  assert.equal(reply.code, 200, reply.text);
  const token = reply.body.token as string;
  const leaf = new X509Certificate(Buffer.from(decodeProtectedHeader(token).x5c![0]!, 'base64'));
  assert.ok(
    leaf.verify(new X509Certificate(api.certificates.registryTokens.caPem).publicKey),
    'signed by the authority for tokens',
  );
  const { payload } = await jwtVerify(token, await importX509(leaf.toString(), 'ES256'), {
    issuer: 'openshift',
    audience: 'docker-registry',
  });
  return payload as JWTPayload & { access: unknown[] };
}

test('a token of the platform gets what its roles give, in its own project and no other', async () => {
  const both = ['repository:shop/web:pull,push', 'repository:other/web:pull,push'];
  const pusher = await claims(await ask(tokens['pusher'], ...both));
  assert.equal(pusher.sub, 'system:serviceaccount:shop:pusher');
  assert.deepEqual(pusher.access, [{ type: 'repository', name: 'shop/web', actions: ['pull', 'push'] }]);
  const puller = await claims(await ask(tokens['puller'], both.join(' ')));
  assert.deepEqual(puller.access, [{ type: 'repository', name: 'shop/web', actions: ['pull'] }]);
  assert.deepEqual((await claims(await ask(tokens['nobody'], ...both))).access, []);
});

const ON_FULL = 'n1';

/** Has the kubelet say whether its disk is almost full. */
async function pressure(node: string, status: 'True' | 'False'): Promise<void> {
  const reply = await api.call('PATCH', `/api/v1/nodes/${node}/status`, {
    body: { status: { conditions: [{ type: 'DiskPressure', status }] } },
    headers: { 'content-type': 'application/merge-patch+json' },
  });
  assert.equal(reply.code, 200, reply.text);
}

test('while the disk of the registry is almost full nobody may push, and everybody goes on pulling', async () => {
  for (const name of [ON_FULL, 'n2']) await create('/api/v1/nodes', { kind: 'Node', metadata: { name } });
  await create('/api/v1/namespaces/default/serviceaccounts', { kind: 'ServiceAccount', metadata: { name: 'default' } });
  await create('/api/v1/namespaces/default/pods', {
    kind: 'Pod',
    metadata: { name: 'docker-registry-1', labels: { 'docker-registry': 'default' } },
    spec: { nodeName: ON_FULL, containers: [{ name: 'registry', image: 'registry' }] },
  });
  const actions = async (): Promise<unknown> => {
    const { access } = await claims(await ask(tokens['pusher'], 'repository:shop/web:pull,push'));
    return access.map((scope) => (scope as { actions: string[] }).actions);
  };
  // Another node's disk is not where pushes go.
  await pressure('n2', 'True');
  assert.deepEqual(await actions(), [['pull', 'push']]);
  await pressure(ON_FULL, 'True');
  assert.deepEqual(await actions(), [['pull']]);
  await pressure(ON_FULL, 'False');
  assert.deepEqual(await actions(), [['pull', 'push']]);
});

test('what could not become a tag is not pushed: into a stream that is full, or one too many for the quota; with room it is', async () => {
  const actions = async (name: string): Promise<unknown> => {
    const { access } = await claims(await ask(tokens['pusher'], `repository:shop/${name}:pull,push`));
    return access.map((scope) => (scope as { actions: string[] }).actions);
  };
  const merge = async (path: string, body: object): Promise<void> => {
    const reply = await api.call('PATCH', path, { body, headers: { 'content-type': 'application/merge-patch+json' } });
    assert.equal(reply.code, 200, reply.text);
  };
  const limits = (images: string): object => ({
    spec: { limits: [{ type: 'openshift.io/ImageStream', max: { 'openshift.io/images': images } }] },
  });
  const streams = '/apis/image.openshift.io/v1/namespaces/shop/imagestreams';
  await create(streams, { apiVersion: 'image.openshift.io/v1', kind: 'ImageStream', metadata: { name: 'full' } });
  const image = {
    image: `sha256:${'a'.repeat(64)}`,
    dockerImageReference: 'a/b',
    created: '2026-01-01T00:00:00Z',
    generation: 1,
  };
  await merge(`${streams}/full/status`, { status: { tags: [{ tag: 'v1', items: [image] }] } });
  const ranges = '/api/v1/namespaces/shop/limitranges';
  await create(ranges, { kind: 'LimitRange', metadata: { name: 'images' }, ...limits('1') });
  assert.deepEqual([await actions('full'), await actions('new')], [[['pull']], [['pull', 'push']]]);
  await merge(`${ranges}/images`, limits('2'));
  assert.deepEqual(await actions('full'), [['pull', 'push']]);

  const quotas = '/api/v1/namespaces/shop/resourcequotas';
  await create(quotas, {
    kind: 'ResourceQuota',
    metadata: { name: 'streams' },
    spec: { hard: { 'openshift.io/imagestreams': '1' } },
  });
  await eventually(async () => assert.deepEqual(await actions('new'), [['pull']]));
  assert.deepEqual(await actions('full'), [['pull', 'push']]);
  await merge(`${quotas}/streams`, { spec: { hard: { 'openshift.io/imagestreams': '2' } } });
  await eventually(async () => assert.deepEqual(await actions('new'), [['pull', 'push']]));
});

test('nobody gets the catalogue, deletions, or repositories outside of projects', async () => {
  for (const scope of [
    'registry:catalog:*',
    'repository:shop/web:delete,*',
    'repository:web:pull',
    'repository:shop/a/b:pull',
    'repository:shop/../x:pull',
  ])
    assert.deepEqual((await claims(await ask(tokens['pusher'], scope))).access, [], scope);
});

test('what is asked for again and again is looked into once, and is in the token once', async () => {
  const often = Array.from({ length: 16 }, () => `repository:shop/web:${'pull,push,sing,'.repeat(60)}pull`);
  reviews = 0;
  assert.deepEqual((await claims(await ask(undefined, ...often))).access, []);
  assert.equal(reviews, 2);
  const { access } = await claims(await ask(tokens['pusher'], ...often));
  assert.deepEqual(access, [{ type: 'repository', name: 'shop/web', actions: ['pull', 'push'] }]);
  const other = await claims(await ask(tokens['pusher'], 'repository:shop/web:pull', 'repository:shop/web:push'));
  assert.deepEqual(other.access, [{ type: 'repository', name: 'shop/web', actions: ['pull', 'push'] }]);
});

test('what is no token is refused; without one it is the anonymous user', async () => {
  const refused = await ask('wrong', 'repository:shop/web:pull');
  assert.equal(refused.code, 401);
  assert.match(refused.text, /the password must be a token of the platform/);
  assert.ok(refused.headers['www-authenticate'], 'says how to log in');
  const anonymous = await claims(await ask(undefined, 'repository:shop/web:pull'));
  assert.deepEqual([anonymous.sub, anonymous.access], ['system:anonymous', []]);
});

test('scopes are read as they are written, and nothing else is', () => {
  assert.deepEqual(parseScopes(['repository(plugin):a/b:pull repository:c/d:pull,push', 'x', 'repository:e']), [
    { type: 'repository', name: 'a/b', actions: ['pull'] },
    { type: 'repository', name: 'c/d', actions: ['pull', 'push'] },
  ]);
  assert.deepEqual(projectAndStream('shop/web'), { namespace: 'shop', name: 'web' });
  for (const name of ['shop', 'shop/web/x', '/web', 'shop/', 'Shop/web', 'shop/web:1', 'a.b/web', '../web'])
    assert.equal(projectAndStream(name), undefined, name);
});
