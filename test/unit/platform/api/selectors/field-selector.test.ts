import assert from 'node:assert/strict';
import { test } from 'node:test';
import { configMap } from '../../../../../lib/platform/api/core/config-map.ts';
import { node } from '../../../../../lib/platform/api/core/node/node.ts';
import { pod } from '../../../../../lib/platform/api/core/pod/pod.ts';
import type { KubeObject } from '../../../../../lib/platform/api/meta.ts';
import { parseFieldSelector } from '../../../../../lib/platform/api/selectors/field-selector.ts';

const web: KubeObject = {
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: { name: 'web', namespace: 'default' },
  spec: { nodeName: 'n1' },
  status: { phase: 'Running' },
};

for (const [text, expected] of [
  ['', true],
  ['metadata.name=web', true],
  ['metadata.name==web,metadata.namespace=default', true],
  ['metadata.name!=web', false],
  ['spec.nodeName=n1,status.phase!=Failed', true],
  ['spec.nodeName=', false],
  ['status.podIP=', true],
  ['spec.hostNetwork=false', true],
  [',status.phase=Running,', true],
] as const)
  test(`fields "${text}"`, () => assert.equal(parseFieldSelector(text, pod).matches(web), expected));

test('escapes', () => {
  const odd = { ...web, metadata: { name: 'a,b=c\\d' } };
  assert.ok(parseFieldSelector('metadata.name=a\\,b\\=c\\\\d', pod).matches(odd));
  assert.throws(() => parseFieldSelector('metadata.name=a\\x', pod), /invalid escape sequence: \\x/);
  assert.throws(() => parseFieldSelector('metadata.name=a=b', pod), /unescaped character in value/);
});

test('what a kind cannot select by', () => {
  assert.throws(() => parseFieldSelector('spec.foo=1', pod), { message: 'field label not supported: spec.foo', code: 400 });
  assert.throws(() => parseFieldSelector('constructor=1', pod), { message: 'field label not supported: constructor' });
  assert.throws(() => parseFieldSelector('a=b', configMap), {
    message: '"a" is not a known field selector: only "metadata.name", "metadata.namespace"',
  });
  assert.throws(() => parseFieldSelector('metadata.namespace=a', node), {
    message: 'field label not supported: metadata.namespace',
  });
  assert.throws(() => parseFieldSelector('justtext', pod), {
    message: "invalid selector: 'justtext'; can't understand 'justtext'",
  });
});

test('a name asked for is told, so that a list can be a get', () => {
  assert.equal(parseFieldSelector('metadata.name=web', pod).required('metadata.name'), 'web');
  assert.equal(parseFieldSelector('metadata.name!=web', pod).required('metadata.name'), undefined);
});
