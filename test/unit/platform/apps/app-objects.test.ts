import assert from 'node:assert/strict';
import { test } from 'node:test';
import { appObjects } from '../../../../lib/platform/apps/app-objects.ts';
import { appTable, typeOf } from '../../../../lib/platform/apps/app-list.ts';
import { judgeName, labelsOf, selectorOf } from '../../../../lib/platform/apps/application.ts';
import { changedEnvironment, environmentChanges } from '../../../../lib/platform/apps/change-app.ts';
import { isSettled, type PlacedWorkload } from '../../../../lib/platform/apps/workload.ts';
import { judgeSource } from '../../../../lib/platform/apps/working-copy.ts';
import type { BuildConfig } from '../../../../lib/platform/api/build/build-types.ts';

const parts = { name: 'shop', namespace: 'web', uri: 'https://192.0.2.7:8443/git/web/shop.git' };

test('a name is one of DNS, and what is wrong with another is said', () => {
  assert.equal(judgeName('my-shop2'), 'my-shop2');
  for (const name of ['', 'Shop', '2shop', '-rf', '../shop', 'shop;id', 'shop.git', 'a'.repeat(64)])
    assert.throws(() => judgeName(name), {
      code: 'APP_NAME_INVALID',
      message: new RegExp(`^${JSON.stringify(name)}`.replace(/[.]/g, '\\.')),
    });
});

test('every object has the labels by which it is found and removed', () => {
  const objects = appObjects({ ...parts, builder: { kind: 'DockerImage', name: 'openshift/nodejs:latest' } });
  assert.deepEqual(
    objects.map(([ref]) => `${ref.resource}/${ref.name}`),
    ['imagestreams/shop', 'secrets/shop-source', 'buildconfigs/shop', 'deployments/shop', 'services/shop', 'routes/shop'],
  );
  for (const [ref, { metadata }] of objects) {
    assert.deepEqual(metadata.labels, labelsOf('shop'));
    assert.deepEqual([metadata.namespace, metadata.name], ['web', ref.name]);
  }
  assert.equal(selectorOf('shop'), 'app=shop,app.kubernetes.io/managed-by=openshift-app');
});

test('a builder that is a tag is followed, and the first build is not begun before there is a source', () => {
  const triggers = (builder: { kind: string; name: string }, builderImage?: string) => {
    const objects = appObjects({ ...parts, builder, ...(builderImage === undefined ? {} : { builderImage }) });
    const config = objects.find(([ref]) => ref.resource === 'buildconfigs')![1] as BuildConfig;
    return [typeOf(config), config.spec.triggers] as const;
  };
  assert.deepEqual(triggers({ kind: 'ImageStreamTag', name: 'php:latest' }, 'r/php@sha256:1'), [
    'php',
    [{ type: 'ImageChange', imageChange: { lastTriggeredImageID: 'r/php@sha256:1' } }],
  ]);
  assert.deepEqual(triggers({ kind: 'DockerImage', name: 'openshift/php:latest' }), ['php', []]);
});

test('variables are set, changed in their place and removed', () => {
  const before = [
    { name: 'A', value: '1' },
    { name: 'B', value: '2' },
  ];
  assert.deepEqual(changedEnvironment(before, environmentChanges(['B=x=y', 'C=', 'A-'])), [
    { name: 'B', value: 'x=y' },
    { name: 'C', value: '' },
  ]);
  for (const word of ['A', '=x', '1A=x', 'A B=x', '-']) assert.throws(() => environmentChanges([word]), { code: 'APP_ARGUMENT' });
});

test('what git could take for an option or a program, and a password in a URL, is refused', () => {
  judgeSource('https://git.example/shop.git');
  judgeSource('git@git.example:shop.git');
  for (const uri of ['--upload-pack=id', 'ext::sh -c id', 'file:///etc', 'https://ann:secret@git.example/shop.git'])
    assert.throws(
      () => judgeSource(uri),
      (error: Error & { code: string }) => error.code === 'APP_SOURCE_URL' && !error.message.includes('secret'),
    );
});

test('the list tells of a version that does not start that the one before answers', () => {
  const app = {
    name: 'shop',
    namespace: 'web',
    type: 'nodejs',
    replicas: 1,
    available: 1,
    version: 3,
    created: '',
    url: 'http://shop/',
  };
  const table = appTable(
    [
      { ...app, settled: false },
      { ...app, name: 'site', settled: true },
    ],
    'web',
  );
  assert.equal(
    table,
    `NAME   TYPE     PODS   VERSION        URL
shop   nodejs   1/1    3, not ready   http://shop/
site   nodejs   1/1    3              http://shop/
`,
  );
  const deployment = (status: object): PlacedWorkload => ({
    ref: { group: 'apps', version: 'v1', resource: 'deployments', namespace: 'web', name: 'shop' },
    object: { apiVersion: 'apps/v1', kind: 'Deployment', metadata: { name: 'shop' }, spec: { replicas: 1 }, status },
  });
  assert.ok(isSettled(deployment({ replicas: 1, updatedReplicas: 1, availableReplicas: 1 })));
  // As while the new version's pod ends again and again.
  assert.ok(!isSettled(deployment({ replicas: 2, updatedReplicas: 1, availableReplicas: 1 })));
  assert.ok(!isSettled(deployment({})));
});
