import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import * as k8s from '@kubernetes/client-node';
import { kubeConfig, refusal } from '../../support/client-node.ts';
import { eventually } from '../../support/eventually.ts';
import { IN_TIME } from '../../support/kubectl.ts';
import { sampleText } from '../../support/samples.ts';
import { useNamespace } from '../../support/shared-platform.ts';

const { kubectl, namespace, kubeconfigPath } = await useNamespace('objects');
const config = kubeConfig(kubeconfigPath);
const objects = k8s.KubernetesObjectApi.makeApiClient(config);
const manifest = sampleText(namespace);
after(() => kubectl(['delete', '-f', '-', '--wait=false', '--ignore-not-found'], { stdin: manifest, anyCode: true }));

type Named = k8s.KubernetesObject & { metadata: { name: string } };
const applied = (object: k8s.KubernetesObject): Promise<k8s.KubernetesObject> =>
  objects.patch(object, undefined, undefined, 'script', true, k8s.PatchStrategy.ServerSideApply);

test('a manifest of every kind is applied, twice, by the paths that discovery tells', async () => {
  // This client takes the first entry of a kind in discovery. Of OpenShift's kinds two have another before their own: processedtemplates, and
  // buildconfigs/webhooks, which answers builds.
  const specs = (k8s.loadAllYaml(manifest) as Named[]).filter(({ kind }) => kind !== 'Template' && kind !== 'Build');
  for (const spec of specs) {
    const first = await applied(structuredClone(spec));
    assert.equal(first.metadata?.name, spec.metadata.name);
  }
  const config = specs.find(({ kind }) => kind === 'ConfigMap')!;
  const once = await objects.read(config);
  assert.equal((await applied(structuredClone(config))).metadata?.resourceVersion, once.metadata?.resourceVersion);
});

test('KubernetesObjectApi: create, read, list, replace, patch, dry run, delete', async () => {
  const spec = { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'plain' }, data: { a: '1' } };
  const made: k8s.V1ConfigMap = await objects.create(structuredClone(spec), undefined, undefined, 'maker');
  assert.equal(made.metadata?.namespace, namespace);
  assert.equal(made.metadata?.managedFields?.[0]?.manager, 'maker');
  assert.equal((await refusal(objects.create(structuredClone(spec)))).message, 'configmaps "plain" already exists');
  await objects.patch({ ...structuredClone(spec), data: { b: '2' } } as k8s.KubernetesObject);
  const read: k8s.V1ConfigMap = await objects.read({ apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'plain' } });
  assert.deepEqual(read.data, { a: '1', b: '2' });
  await objects.replace({ ...read, apiVersion: 'v1', kind: 'ConfigMap', data: { c: '3' } });
  assert.equal((await refusal(objects.replace({ ...read, apiVersion: 'v1', kind: 'ConfigMap' }))).reason, 'Conflict');
  const { items } = await objects.list<k8s.V1ConfigMap>(
    'v1',
    'ConfigMap',
    namespace,
    undefined,
    undefined,
    undefined,
    'metadata.name=plain',
  );
  assert.deepEqual(
    items.map(({ data }) => data),
    [{ c: '3' }],
  );
  const dry: k8s.V1ConfigMap = await objects.create({ ...structuredClone(spec), metadata: { name: 'dry' } }, undefined, 'All');
  assert.equal(dry.metadata?.name, 'dry');
  assert.equal((await refusal(objects.read({ apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'dry' } }))).code, 404);
  await objects.delete(structuredClone(spec));
  assert.equal((await refusal(objects.read({ ...structuredClone(spec) }))).message, 'configmaps "plain" not found');
});

test('list goes by pages, and a page that is asked for too late says so', async () => {
  const core = config.makeApiClient(k8s.CoreV1Api);
  for (let i = 0; i < 7; i++)
    await core.createNamespacedSecret({ namespace, body: { metadata: { name: `s${i}`, labels: { paged: 'yes' } } } });
  const names: string[] = [];
  let _continue: string | undefined;
  do {
    const page = await core.listNamespacedSecret({
      namespace,
      labelSelector: 'paged=yes',
      limit: 3,
      ...(_continue === undefined ? {} : { _continue }),
    });
    names.push(...page.items.map(({ metadata }) => metadata!.name!));
    _continue = page.metadata?._continue;
  } while (_continue !== undefined && _continue !== '');
  assert.deepEqual(names, ['s0', 's1', 's2', 's3', 's4', 's5', 's6']);
  assert.equal((await refusal(core.listNamespacedSecret({ namespace, _continue: 'made-up' }))).code, 400);
  await core.deleteCollectionNamespacedSecret({ namespace, labelSelector: 'paged=yes' });
  assert.deepEqual((await core.listNamespacedSecret({ namespace, labelSelector: 'paged=yes' })).items, []);
});

test('custom resources: defaults, refusals, scale and status as their definition says', async () => {
  const custom = config.makeApiClient(k8s.CustomObjectsApi);
  const at = { group: `${namespace}.example.com`, version: 'v1', namespace, plural: 'widgets' };
  await kubectl(['wait', '--for=condition=Established', `crd/widgets.${at.group}`, IN_TIME]);
  const widget = (name: string, spec: object): object => ({
    apiVersion: `${at.group}/v1`,
    kind: 'Widget',
    metadata: { name },
    spec,
  });
  const made = (await custom.createNamespacedCustomObject({ ...at, body: widget('one', { size: 2 }) })) as { spec: object };
  assert.deepEqual(made.spec, { size: 2, colour: 'blue' });
  const refused = await refusal(
    custom.createNamespacedCustomObject({ ...at, body: widget('two', { size: 0, colour: 'green' }) }),
  );
  assert.equal(refused.code, 422);
  assert.match(refused.message, /spec\.size: Invalid value: 0: spec\.size in body should be greater than or equal to 1/);
  await custom.patchNamespacedCustomObject(
    { ...at, name: 'one', body: { spec: { colour: 'red' } } },
    k8s.setHeaderOptions('Content-Type', k8s.PatchStrategy.MergePatch),
  );
  const { items } = (await custom.listNamespacedCustomObject(at)) as { items: { spec: object }[] };
  assert.deepEqual(
    items.map(({ spec }) => spec),
    [{ size: 2, colour: 'red' }],
  );
  await custom.deleteNamespacedCustomObject({ ...at, name: 'one' });
});

test('subresources: scale, status, eviction, token, approval of what may be done', async () => {
  const apps = config.makeApiClient(k8s.AppsV1Api);
  const core = config.makeApiClient(k8s.CoreV1Api);
  const deployment = { name: 'shop', namespace };
  const scale = await apps.readNamespacedDeploymentScale(deployment);
  assert.equal(scale.spec?.replicas ?? 0, 0);
  // With the version that was read: again when a controller was quicker.
  await eventually(async () => {
    const read = await apps.readNamespacedDeploymentScale(deployment);
    await apps.replaceNamespacedDeploymentScale({ ...deployment, body: { ...read, spec: { replicas: 2 } } });
  });
  assert.equal((await apps.readNamespacedDeployment(deployment)).spec?.replicas, 2);
  await apps.patchNamespacedDeploymentScale(
    { ...deployment, body: [{ op: 'replace', path: '/spec/replicas', value: 0 }] },
    k8s.setHeaderOptions('Content-Type', k8s.PatchStrategy.JsonPatch),
  );
  assert.equal((await apps.readNamespacedDeploymentStatus(deployment)).metadata?.name, 'shop');
  const token = await core.createNamespacedServiceAccountToken({
    name: 'shop',
    namespace,
    body: { spec: { audiences: [], expirationSeconds: 600 } },
  });
  assert.match(token.status!.token!, /^ey[\w-]+\.[\w-]+\.[\w-]+$/);
  const review = await config.makeApiClient(k8s.AuthorizationV1Api).createSelfSubjectAccessReview({
    body: { spec: { resourceAttributes: { verb: 'delete', resource: 'pods', namespace } } },
  });
  assert.equal(review.status?.allowed, true);
  await core.createNamespacedPodEviction({ name: 'shop', namespace, body: { metadata: { name: 'shop', namespace } } });
});

test('discovery, versions and OpenAPI as the client reads them', async () => {
  const { versions } = await config.makeApiClient(k8s.CoreApi).getAPIVersions();
  assert.deepEqual(versions, ['v1']);
  const { groups } = await config.makeApiClient(k8s.ApisApi).getAPIVersions();
  for (const name of ['apps', 'batch', 'rbac.authorization.k8s.io'])
    assert.ok(
      groups.some((group) => group.name === name),
      name,
    );
  const { resources } = await config.makeApiClient(k8s.AppsV1Api).getAPIResources();
  assert.ok(resources.some(({ name, shortNames }) => name === 'deployments' && shortNames?.includes('deploy')));
  assert.match((await config.makeApiClient(k8s.VersionApi).getCode()).gitVersion, /^v1\.\d+\.\d+/);
});
