import assert from 'node:assert/strict';
import { test } from 'node:test';
import { repositoriesOf } from '../../../../lib/platform/registry/take-in.ts';

test('an image remembers the repositories that it was pushed into, each once; one from elsewhere has none', () => {
  const image = (names?: string) => ({
    apiVersion: 'image.openshift.io/v1',
    kind: 'Image',
    metadata: { name: 'sha256:0', ...(names === undefined ? {} : { annotations: { 'image.openshift.io/pushed-as': names } }) },
  });
  assert.deepEqual(repositoriesOf(image('shop/web:v2 shop/web:v1 other/web:v1')), ['shop/web', 'other/web']);
  assert.deepEqual([repositoriesOf(image()), repositoriesOf(image(''))], [[], []]);
});
