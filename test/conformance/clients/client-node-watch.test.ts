import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as k8s from '@kubernetes/client-node';
import { kubeConfig } from '../../support/client-node.ts';
import { eventually } from '../../support/eventually.ts';
import { IN_TIME } from '../../support/kubectl.ts';
import { useNamespace } from '../../support/shared-platform.ts';
import { type ApiUnderTest, startApi, startOnSame } from '../../unit/platform/apiserver/api-under-test.ts';

const { kubectl, namespace, kubeconfigPath } = await useNamespace('watch');
const config = kubeConfig(kubeconfigPath);
const core = config.makeApiClient(k8s.CoreV1Api);
const path = `/api/v1/namespaces/${namespace}/configmaps`;

const configMap = (name: string, data: Record<string, string> = {}, labels: Record<string, string> = {}): k8s.V1ConfigMap => ({
  metadata: { name, labels },
  data,
});

/** What a watch saw, and what ended it: `null`, or an error. */
interface Seen extends AsyncDisposable {
  readonly events: string[];
  readonly objects: k8s.V1ConfigMap[];
  readonly ended: Promise<unknown>;
}

async function watch(of: k8s.KubeConfig, at: string, query: Record<string, string | number | boolean>): Promise<Seen> {
  const events: string[] = [];
  const objects: k8s.V1ConfigMap[] = [];
  const { promise: ended, resolve } = Promise.withResolvers();
  const controller = await new k8s.Watch(of).watch(
    at,
    query,
    (phase, object: k8s.V1ConfigMap) => {
      events.push(`${phase} ${object.metadata?.name ?? ''}`.trim());
      objects.push(object);
    },
    resolve,
  );
  return {
    events,
    objects,
    ended,
    [Symbol.asyncDispose]: async () => {
      controller.abort();
      await ended;
    },
  };
}

/** The administrator of an API server that runs in this process. */
async function adminOf({ certificates, port }: ApiUnderTest): Promise<k8s.KubeConfig> {
  const names = { commonName: 'system:admin', organizations: ['system:masters'] };
  const admin = await certificates.authority.issue({ ...names, usages: ['client'] });
  const encoded = (pem: string): string => Buffer.from(pem).toString('base64');
  const own = new k8s.KubeConfig();
  own.loadFromClusterAndUser(
    { name: 'own', server: `https://127.0.0.1:${port}`, caData: encoded(certificates.caPem), skipTLSVerify: false },
    { name: 'admin', certData: encoded(admin.certPem), keyData: encoded(admin.keyPem) },
  );
  return own;
}

test('Watch tells what happens in its order, from a version on', async () => {
  const { metadata } = await core.listNamespacedConfigMap({ namespace });
  await core.createNamespacedConfigMap({ namespace, body: configMap('seen') });
  await using seen = await watch(config, path, {
    resourceVersion: metadata!.resourceVersion!,
    fieldSelector: 'metadata.name=seen',
  });
  await core.replaceNamespacedConfigMap({ namespace, name: 'seen', body: configMap('seen', { a: '1' }) });
  await core.deleteNamespacedConfigMap({ namespace, name: 'seen' });
  await eventually(() => assert.deepEqual(seen.events, ['ADDED seen', 'MODIFIED seen', 'DELETED seen']));
  assert.deepEqual(seen.objects.at(-1)?.data, { a: '1' });
});

test('Watch may begin with what is there, and a bookmark says when it has seen all of it', async () => {
  await core.createNamespacedConfigMap({ namespace, body: configMap('there', {}, { initial: 'yes' }) });
  await using seen = await watch(config, path, {
    labelSelector: 'initial=yes',
    sendInitialEvents: true,
    resourceVersionMatch: 'NotOlderThan',
    allowWatchBookmarks: true,
  });
  await eventually(() => assert.deepEqual(seen.events, ['ADDED there', 'BOOKMARK']));
  assert.equal(seen.objects[1]?.metadata?.annotations?.['k8s.io/initial-events-end'], 'true');
});

test('Watch ends when its time is over, and when it may not be', async () => {
  await using timed = await watch(config, path, { timeoutSeconds: 1 });
  assert.equal(await timed.ended, null);
  const nobody = new k8s.KubeConfig();
  nobody.loadFromClusterAndUser(config.getCurrentCluster()!, { name: 'nobody', token: 'not-a-token' });
  await using refused = await watch(nobody, path, {});
  assert.equal(((await refused.ended) as { statusCode: number }).statusCode, 401);
  await using unknown = await watch(config, '/api/v1/nothings', {});
  assert.equal(((await unknown.ended) as { statusCode: number }).statusCode, 404);
});

test('an informer lists, then follows what its selector lets through, and keeps it', async () => {
  await core.createNamespacedConfigMap({ namespace, body: configMap('first', {}, { informed: 'yes' }) });
  const labelSelector = 'informed=yes';
  const informer = k8s.makeInformer(
    config,
    path,
    () => core.listNamespacedConfigMap({ namespace, labelSelector }),
    labelSelector,
  );
  const told: string[] = [];
  for (const verb of ['add', 'update', 'delete'] as const)
    informer.on(verb, (object) => told.push(`${verb} ${object.metadata!.name}`));
  informer.on('error', (error: unknown) => told.push(`error ${String(error)}`));
  await informer.start();
  assert.equal(informer.get('first', namespace)?.metadata?.name, 'first');
  await core.createNamespacedConfigMap({ namespace, body: configMap('second', {}, { informed: 'yes' }) });
  await core.createNamespacedConfigMap({ namespace, body: configMap('third') });
  await core.replaceNamespacedConfigMap({
    namespace,
    name: 'second',
    body: configMap('second', { a: '1' }, { informed: 'yes' }),
  });
  // What no longer fits has gone as far as the informer is concerned.
  await core.replaceNamespacedConfigMap({ namespace, name: 'first', body: configMap('first') });
  await core.deleteNamespacedConfigMap({ namespace, name: 'second' });
  await eventually(() => assert.deepEqual(told, ['add first', 'add second', 'update second', 'delete first', 'delete second']));
  assert.deepEqual(informer.list(), []);
  await informer.stop();
});

test('informers of workloads, of the cluster and of what a definition adds', async () => {
  const apps = config.makeApiClient(k8s.AppsV1Api);
  const custom = config.makeApiClient(k8s.CustomObjectsApi);
  const group = `${namespace}.example.com`;
  await kubectl.create({
    apiVersion: 'apiextensions.k8s.io/v1',
    kind: 'CustomResourceDefinition',
    metadata: { name: `gadgets.${group}` },
    spec: {
      group,
      scope: 'Namespaced',
      names: { plural: 'gadgets', kind: 'Gadget' },
      versions: [
        {
          name: 'v1',
          served: true,
          storage: true,
          schema: { openAPIV3Schema: { type: 'object', 'x-kubernetes-preserve-unknown-fields': true } },
        },
      ],
    },
  });
  await kubectl(['wait', '--for=condition=Established', `crd/gadgets.${group}`, IN_TIME]);
  const gadgets = { group, version: 'v1', namespace, plural: 'gadgets' };
  const informers = [
    k8s.makeInformer(config, `/apis/apps/v1/namespaces/${namespace}/deployments`, () =>
      apps.listNamespacedDeployment({ namespace }),
    ),
    k8s.makeInformer(config, '/api/v1/nodes', () => core.listNode()),
    k8s.makeInformer(config, `/apis/${group}/v1/namespaces/${namespace}/gadgets`, () =>
      custom.listNamespacedCustomObject(gadgets),
    ),
  ];
  const errors: unknown[] = [];
  for (const informer of informers) {
    informer.on('error', (error: unknown) => errors.push(error));
    await informer.start();
  }
  await kubectl(['create', 'deployment', 'web', '--image=oo-test/web-a', '--replicas=0']);
  await custom.createNamespacedCustomObject({
    ...gadgets,
    body: { apiVersion: `${group}/v1`, kind: 'Gadget', metadata: { name: 'one' }, spec: { any: 1 } },
  });
  await eventually(() => {
    assert.equal(informers[0]!.get('web', namespace)?.metadata?.name, 'web');
    assert.ok(informers[1]!.list().length > 0);
    assert.equal(informers[2]!.get('one', namespace)?.metadata?.name, 'one');
  });
  // Stopping makes one too.
  assert.deepEqual(errors, []);
  for (const informer of informers) await informer.stop();
  await kubectl(['delete', 'crd', `gadgets.${group}`]);
});

test('an informer whose past is gone (410) lists again by itself and misses nothing', async () => {
  await using api = await startApi();
  const client = (await adminOf(api)).makeApiClient(k8s.CoreV1Api);
  const at = { namespace: 'default' };
  const list = (): Promise<k8s.V1ConfigMapList> => client.listNamespacedConfigMap(at);
  await client.createNamespacedConfigMap({ ...at, body: configMap('old') });
  const past = await list();
  await client.deleteNamespacedConfigMap({ ...at, name: 'old' });
  const newest = await client.createNamespacedConfigMap({ ...at, body: configMap('new') });
  await api.backend.compact(Number(newest.metadata!.resourceVersion));
  // Its events are in the cache of the server that made them: one that has just started knows only what the store knows.
  await using restarted = await startOnSame(api);
  let lists = 0;
  const informer = k8s.makeInformer(await adminOf(restarted), '/api/v1/namespaces/default/configmaps', () =>
    ++lists === 1 ? Promise.resolve(past) : list(),
  );
  const told: string[] = [];
  const note = (verb: string) => (object?: k8s.V1ConfigMap) => void told.push(`${verb} ${object?.metadata?.name}`);
  informer.on('add', note('add'));
  informer.on('delete', note('delete'));
  informer.on('error', note('error'));
  await informer.start();
  await eventually(() => assert.deepEqual([lists, informer.list().map(({ metadata }) => metadata!.name)], [2, ['new']]));
  assert.deepEqual(told, ['add old', 'delete old', 'add new']);
  await informer.stop();
});

test('two candidates for a lease: the version lets one win, and the other when the first has left', async () => {
  const leases = config.makeApiClient(k8s.CoordinationV1Api);
  const at = { namespace, name: 'leader' };
  await leases.createNamespacedLease({ namespace, body: { metadata: { name: 'leader' }, spec: { leaseDurationSeconds: 15 } } });
  const claim = async (holderIdentity: string, seen: k8s.V1Lease): Promise<boolean> => {
    const now = new k8s.V1MicroTime();
    try {
      await leases.replaceNamespacedLease({
        ...at,
        body: { ...seen, spec: { ...seen.spec, holderIdentity, renewTime: now, acquireTime: now } },
      });
      return true;
    } catch (error) {
      assert.equal((error as k8s.ApiException<unknown>).code, 409);
      return false;
    }
  };
  const free = await leases.readNamespacedLease(at);
  const won = await Promise.all(['ann', 'ben'].map((name) => claim(name, free)));
  assert.deepEqual(won.toSorted(), [false, true]);
  const held = await leases.readNamespacedLease(at);
  assert.equal(held.spec?.holderIdentity, won[0] ? 'ann' : 'ben');
  assert.ok(Math.abs(Date.parse(String(held.spec!.renewTime)) - Date.now()) < 60_000);
  await leases.patchNamespacedLease(
    { ...at, body: { spec: { holderIdentity: null } } },
    k8s.setHeaderOptions('Content-Type', k8s.PatchStrategy.MergePatch),
  );
  assert.ok(await claim('cleo', await leases.readNamespacedLease(at)));
});
