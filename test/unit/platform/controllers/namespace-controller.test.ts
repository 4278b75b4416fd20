import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { KubeObject } from '../../../../lib/platform/api/meta.ts';
import type { KindInfo } from '../../../../lib/platform/controllers/kind-info.ts';
import { namespaceController } from '../../../../lib/platform/controllers/namespace-controller.ts';
import { CONFIG_MAPS, NAMESPACES, PODS, refTo } from '../../../../lib/platform/controllers/resources.ts';
import { rootCaPublisher } from '../../../../lib/platform/controllers/root-ca-publisher.ts';
import { serviceAccountController } from '../../../../lib/platform/controllers/service-account-controller.ts';
import { eventually } from '../../../support/eventually.ts';
import { type ControllerRig, startControllers } from '../../../support/run-controllers.ts';

const KINDS: readonly KindInfo[] = [
  { ...CONFIG_MAPS, kind: 'ConfigMap', namespaced: true },
  { ...PODS, kind: 'Pod', namespaced: true },
  { ...NAMESPACES, kind: 'Namespace', namespaced: false },
];
const namespace = (rig: ControllerRig, name: string): Promise<KubeObject> =>
  rig.create(NAMESPACES, { apiVersion: 'v1', kind: 'Namespace', metadata: { name } });
const put = (
  rig: ControllerRig,
  of: typeof PODS,
  kind: string,
  name: string,
  more: object = {},
  spec: object = {},
): Promise<KubeObject> => rig.create(of, { apiVersion: 'v1', kind, metadata: { name, namespace: 'shop', ...more }, spec });

test('an empty namespace goes at once, others stay', async () => {
  await using rig = startControllers([namespaceController(KINDS)]);
  await namespace(rig, 'other');
  await put(rig, CONFIG_MAPS, 'ConfigMap', 'kept', { namespace: 'other' });
  const shop = await namespace(rig, 'shop');
  await rig.verbs.delete(refTo(NAMESPACES, shop));
  await eventually(async () =>
    assert.deepEqual(
      (await rig.list(NAMESPACES)).map(({ metadata }) => metadata.name),
      ['other'],
    ),
  );
  assert.equal((await rig.list(CONFIG_MAPS)).length, 1);
});

test('running pods are waited for before anything else goes, and the conditions say so', async () => {
  await using rig = startControllers([namespaceController(KINDS)]);
  const shop = await namespace(rig, 'shop');
  const pod = await put(rig, PODS, 'Pod', 'web', {}, { nodeName: 'n' });
  await put(rig, CONFIG_MAPS, 'ConfigMap', 'settings');
  await rig.verbs.delete(refTo(NAMESPACES, shop));
  const condition = async (type: string): Promise<Record<string, string>> => {
    const live = await rig.verbs.get(refTo(NAMESPACES, shop));
    return live['status'].conditions.find((one: { type: string }) => one.type === type);
  };
  await eventually(async () =>
    assert.equal(
      (await condition('NamespaceContentRemaining'))['message'],
      'Some resources are remaining: pods. has 1 resource instances',
    ),
  );
  assert.equal((await condition('NamespaceDeletionContentFailure'))['status'], 'False');
  assert.ok((await rig.verbs.get(refTo(PODS, pod))).metadata.deletionTimestamp);
  assert.equal((await rig.list(CONFIG_MAPS)).length, 1, 'what the pod may need is still there');
  // The kubelet says that the pod is gone: no clock has to move.
  await rig.verbs.delete(refTo(PODS, pod), { gracePeriodSeconds: 0 });
  await eventually(async () => assert.deepEqual([await rig.list(NAMESPACES), await rig.list(CONFIG_MAPS)], [[], []]));
});

test('a finalizer of the content holds the namespace, and is named', async () => {
  await using rig = startControllers([namespaceController(KINDS)]);
  const shop = await namespace(rig, 'shop');
  const held = await put(rig, CONFIG_MAPS, 'ConfigMap', 'held', { finalizers: ['example.com/hold'] });
  await rig.verbs.delete(refTo(NAMESPACES, shop));
  await eventually(async () => {
    const live = await rig.verbs.get(refTo(NAMESPACES, shop));
    const { message, status } = live['status'].conditions.find(
      (one: { type: string }) => one.type === 'NamespaceFinalizersRemaining',
    );
    assert.deepEqual(
      [status, message],
      ['True', 'Some content in the namespace has finalizers remaining: example.com/hold in 1 resource instances'],
    );
  });
  await rig.verbs.patch(refTo(CONFIG_MAPS, held), 'application/merge-patch+json', { metadata: { finalizers: [] } });
  await eventually(async () => {
    await rig.verbs.clock.advance(1_000);
    assert.deepEqual(await rig.list(NAMESPACES), []);
  });
});

test('every namespace gets its service account and the authority, and gets them back, but not while it goes', async () => {
  await using rig = startControllers([serviceAccountController(), rootCaPublisher('PEM')]);
  const serviceAccounts = { group: '', version: 'v1', resource: 'serviceaccounts' };
  const shop = await namespace(rig, 'shop');
  const both = async (): Promise<string[]> =>
    [...(await rig.list(serviceAccounts)), ...(await rig.list(CONFIG_MAPS))].map(({ metadata }) => metadata.name!);
  const whole = ['builder', 'default', 'deployer', 'kube-root-ca.crt'];
  await eventually(async () => assert.deepEqual(await both(), whole));
  const [published] = await rig.list(CONFIG_MAPS);
  assert.deepEqual(published!['data'], { 'ca.crt': 'PEM' });
  await rig.verbs.update(refTo(CONFIG_MAPS, published!), { ...published!, data: { 'ca.crt': 'forged' } });
  await eventually(async () => assert.deepEqual((await rig.list(CONFIG_MAPS))[0]!['data'], { 'ca.crt': 'PEM' }));
  await rig.verbs.delete({ ...serviceAccounts, namespace: 'shop', name: 'default' });
  await rig.verbs.delete(refTo(CONFIG_MAPS, published!));
  await eventually(async () => assert.deepEqual(await both(), whole));
  await rig.verbs.delete(refTo(NAMESPACES, shop));
  await rig.verbs.delete({ ...serviceAccounts, namespace: 'shop', name: 'default' });
  for (let n = 0; n < 20; n++) await new Promise((resolve) => setImmediate(resolve));
  assert.deepEqual(await both(), ['builder', 'deployer', 'kube-root-ca.crt']);
});
