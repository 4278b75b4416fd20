import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { resources } from '../../../../lib/platform/api/registry.ts';
import { type ApiUnderTest, startApi } from './api-under-test.ts';

let t: ApiUnderTest;
before(async () => {
  t = await startApi();
});
after(() => t[Symbol.asyncDispose]());

interface Discovered {
  metadata: { name?: string };
  versions: {
    version: string;
    resources: { resource: string; responseKind: { kind: string }; verbs: string[]; subresources?: { subresource: string }[] }[];
  }[];
}

test('aggregated discovery has every kind, in the exact media type, and an ETag', async () => {
  const accept =
    'application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList,application/json;g=apidiscovery.k8s.io;v=v2beta1;as=APIGroupDiscoveryList,application/json';
  const core = await t.call('GET', '/api', { headers: { accept } });
  assert.equal(core.headers['content-type'], 'application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList');
  assert.equal(core.body.apiVersion, 'apidiscovery.k8s.io/v2');
  const groups = await t.call('GET', '/apis', { headers: { accept } });
  const found = [...(core.body.items as Discovered[]), ...(groups.body.items as Discovered[])].flatMap((group) =>
    group.versions.flatMap(({ version, resources }) =>
      resources.map(({ resource }) => `${group.metadata.name ?? ''}/${version}/${resource}`),
    ),
  );
  for (const { group, version, plural } of resources) assert.ok(found.includes(`${group}/${version}/${plural}`), plural);
  const pods = (core.body.items as Discovered[])[0]!.versions[0]!.resources.find(({ resource }) => resource === 'pods')!;
  assert.deepEqual(pods.verbs, ['create', 'delete', 'deletecollection', 'get', 'list', 'patch', 'update', 'watch']);
  assert.ok(
    ['attach', 'binding', 'eviction', 'exec', 'log', 'portforward', 'status'].every((name) =>
      pods.subresources!.some(({ subresource }) => subresource === name),
    ),
  );
  const again = await t.call('GET', '/api', { headers: { accept, 'if-none-match': core.headers.etag! } });
  assert.deepEqual([again.code, again.text], [304, '']);
});

test('plain discovery, whole and by group', async () => {
  assert.deepEqual((await t.call('GET', '/api')).body.versions, ['v1']);
  const groups = (await t.call('GET', '/apis')).body.groups.map((group: { name: string }) => group.name);
  assert.ok(groups.includes('coordination.k8s.io'));
  const group = await t.call('GET', '/apis/coordination.k8s.io');
  assert.equal(group.body.preferredVersion.groupVersion, 'coordination.k8s.io/v1');
  const list = await t.call('GET', '/api/v1');
  const names = list.body.resources.map((resource: { name: string }) => resource.name) as string[];
  assert.ok(names.includes('pods/log') && names.includes('replicationcontrollers/scale'));
  const scale = list.body.resources.find((resource: { name: string }) => resource.name === 'replicationcontrollers/scale');
  assert.deepEqual([scale.group, scale.version, scale.kind], ['autoscaling', 'v1', 'Scale']);
  // The scale of a deployment config is older: its selector is a map, not a text.
  const configs = (await t.call('GET', '/apis/apps.openshift.io/v1')).body.resources as { name: string }[];
  const older = configs.find(({ name }) => name === 'deploymentconfigs/scale');
  assert.partialDeepStrictEqual(older, { group: 'extensions', version: 'v1beta1', kind: 'Scale' });
});

test('OpenAPI v3: an index with hashes, and what kubectl looks for in a document', async () => {
  const index = await t.call('GET', '/openapi/v3');
  const url = index.body.paths['api/v1'].serverRelativeURL as string;
  assert.match(url, /^\/openapi\/v3\/api\/v1\?hash=[0-9A-F]{128}$/);
  const { body } = await t.call('GET', url);
  const operation = body.paths['/api/v1/namespaces/{namespace}/pods/{name}'].patch;
  assert.deepEqual(operation['x-kubernetes-group-version-kind'], { group: '', version: 'v1', kind: 'Pod' });
  const parameters = operation.parameters.map((parameter: { name: string }) => parameter.name);
  assert.ok(parameters.includes('fieldValidation') && parameters.includes('dryRun'));
  const containers = body.components.schemas['io.k8s.api.core.v1.PodSpec'].properties.containers;
  assert.equal(containers['x-kubernetes-patch-merge-key'], 'name');
});

test('what nothing answers is a 404 that clients understand', async () => {
  for (const path of ['/apis/none.example.com/v1', '/apis/none.example.com/v1/things', '/api/v2/pods', '/nope']) {
    const { code, body } = await t.call('GET', path);
    assert.deepEqual(
      [code, body.reason, body.message],
      [404, 'NotFound', 'the server could not find the requested resource'],
      path,
    );
  }
  const method = await t.call('PUT', '/api/v1/namespaces/default/configmaps', { body: {} });
  assert.deepEqual([method.code, method.body.reason], [405, 'MethodNotAllowed']);
});

test('version, health by name, and figures', async () => {
  const version = await t.call('GET', '/version');
  assert.deepEqual([version.body.major, version.body.minor], ['1', '32']);
  assert.match(version.body.gitVersion, /^v1\.32\./);
  assert.match((await t.call('GET', '/readyz?verbose')).text, /^\[\+\]ping ok\n[\s\S]*readyz check passed\n$/);
  assert.equal((await t.call('GET', '/readyz/etcd')).text, 'ok');
  assert.equal((await t.call('GET', '/readyz/nope')).code, 404);
  await t.call('GET', '/api/v1/pods');
  assert.match(
    (await t.call('GET', '/metrics')).text,
    /apiserver_request_total\{verb="list",resource="pods",subresource="",code="200"\} 1/,
  );
});
