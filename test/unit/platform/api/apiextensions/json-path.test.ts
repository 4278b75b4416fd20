import assert from 'node:assert/strict';
import { test } from 'node:test';
import { compileJsonPath, fieldPath } from '../../../../../lib/platform/api/apiextensions/json-path.ts';
import type { Json } from '../../../../../lib/platform/api/meta.ts';

const VALUE: Json = {
  metadata: { labels: { 'app.kubernetes.io/name': 'x', app: 'y' } },
  spec: {
    ports: [
      { port: 80, name: 'a' },
      { port: 443, name: 'b' },
    ],
    weight: 0,
  },
  status: {
    conditions: [
      { type: 'Ready', status: 'True' },
      { type: 'Old', status: 'False' },
    ],
  },
};

const CASES: readonly (readonly [string, readonly Json[]])[] = [
  ['.spec.weight', [0]],
  ['.spec.nope.deeper', []],
  ['.spec.ports[0].port', [80]],
  ['.spec.ports[-1].name', ['b']],
  ['.spec.ports[*].port', [80, 443]],
  ['.spec.ports[0:1].port', [80]],
  ['.metadata.labels.app\\.kubernetes\\.io/name', ['x']],
  [".metadata.labels['app\\.kubernetes\\.io/name']", ['x']],
  ['.status.conditions[?(@.type=="Ready")].status', ['True']],
  [".status.conditions[?(@.type == 'Nope')].status", []],
  ['.spec.ports[?(@.port>100)].name', ['b']],
  ['.spec.ports[?(@.name)].port', [80, 443]],
  ['..port', [80, 443]],
];

for (const [path, found] of CASES)
  test(`${path} leads to ${JSON.stringify(found)}`, () => assert.deepEqual(compileJsonPath(path)!(VALUE), found));

test('texts that are no paths', () => {
  for (const text of ['spec', '.a[', '.a[?(@.b==)]', '.a{b}', '.a..', '.a b', ".a['b"])
    assert.equal(compileJsonPath(text), undefined, text);
});

test('paths of fields alone', () => {
  assert.deepEqual(fieldPath(".spec['a.b'].c"), ['spec', 'a.b', 'c']);
  assert.equal(fieldPath('.spec[0]'), undefined);
});
