import assert from 'node:assert/strict';
import { test } from 'node:test';
import { isCalled } from '../../../../lib/platform/runtime/image-reference.ts';

const DIGEST = `sha256:${'ab'.repeat(32)}`;

test('an image is called by its tags and digests, however they are written', () => {
  const image = { tags: ['web:latest', '172.30.0.5:5000/shop/web:v1'], digests: [`172.30.0.5:5000/shop/web@${DIGEST}`] };
  for (const name of [
    'web',
    'web:latest',
    'docker.io/web',
    'docker.io/library/web:latest',
    'index.docker.io/library/web',
    '172.30.0.5:5000/shop/web:v1',
    `172.30.0.5:5000/shop/web@${DIGEST}`,
    `172.30.0.5:5000/shop/web:v1@${DIGEST}`,
  ])
    assert.equal(isCalled(image, name), true, name);
  for (const name of ['web:v1', 'we', 'shop/web:v1', '172.30.0.5:5000/shop/web', `other@${DIGEST}`, DIGEST, 'ab'])
    assert.equal(isCalled(image, name), false, name);
});
