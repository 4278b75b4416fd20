import assert from 'node:assert/strict';
import { test } from 'node:test';
import { completeValue } from '../../../../../../lib/platform/api/apiextensions/schema/complete-value.ts';
import type { JsonSchema } from '../../../../../../lib/platform/api/apiextensions/schema/json-schema.ts';
import { schemaNode } from '../../../../../../lib/platform/api/apiextensions/schema/schema-node.ts';
import type { Json } from '../../../../../../lib/platform/api/meta.ts';

function completed(schema: JsonSchema, value: Json): { value: Json; unknown: string[] } {
  const unknown: string[] = [];
  return { value: completeValue(schemaNode(schema), value, '', unknown), unknown };
}

const text: JsonSchema = { type: 'string' };
const object = (properties: Record<string, JsonSchema>, more: JsonSchema = {}): JsonSchema => ({
  type: 'object',
  properties,
  ...more,
});
const KEEP: JsonSchema = { 'x-kubernetes-preserve-unknown-fields': true };

const CASES: readonly (readonly [string, JsonSchema, Json, Json, readonly string[]])[] = [
  ['unknown fields go', object({ a: text }), { a: 'x', b: 1, c: {} }, { a: 'x' }, ['b', 'c']],
  ['within lists too', object({ l: { type: 'array', items: object({ a: text }) } }), { l: [{ b: 1 }] }, { l: [{}] }, ['l[0].b']],
  [
    'names of prototypes are names',
    object({ a: text }),
    JSON.parse('{"__proto__":{"x":1},"constructor":1}') as Json,
    {},
    ['__proto__', 'constructor'],
  ],
  ['what is kept is kept whole', object({ o: KEEP }), { o: { a: { b: 1 } } }, { o: { a: { b: 1 } } }, []],
  [
    'known fields below it are pruned again',
    object({ o: { ...KEEP, ...object({ k: object({}) }) } }),
    { o: { a: 1, k: { z: 1 } } },
    { o: { a: 1, k: {} } },
    ['o.k.z'],
  ],
  [
    'any keys',
    object({ m: { type: 'object', additionalProperties: object({ a: text }) } }),
    { m: { x: { a: 'y', b: 1 } } },
    { m: { x: { a: 'y' } } },
    ['m.x.b'],
  ],
  ['defaults of what is absent', object({ a: { ...text, default: 'd' } }), {}, { a: 'd' }, []],
  [
    'defaults within defaults',
    object({ a: object({ b: { ...text, default: 'd' } }, { default: {} }) }),
    {},
    { a: { b: 'd' } },
    [],
  ],
  ['no default for what is above', object({ a: object({ b: { ...text, default: 'd' } }) }), {}, {}, []],
  ['null becomes the default', object({ a: { ...text, default: 'd' } }), { a: null }, { a: 'd' }, []],
  ['null without a default goes', object({ a: text }), { a: null }, {}, []],
  ['null that may be stays', object({ a: { ...text, nullable: true, default: 'd' } }), { a: null }, { a: null }, []],
  [
    'embedded objects keep what makes them objects',
    object({ e: object({ spec: object({}) }, { 'x-kubernetes-embedded-resource': true }) }),
    { e: { apiVersion: 'v1', kind: 'X', metadata: { name: 'n', nope: 1 }, spec: { a: 1 }, b: 1 } },
    { e: { apiVersion: 'v1', kind: 'X', metadata: { name: 'n' }, spec: {} } },
    ['e.spec.a', 'e.b', 'e.metadata.nope'],
  ],
  ['values of other types are for validation', object({ a: object({}) }), { a: 'x' }, { a: 'x' }, []],
];

for (const [what, schema, before, after, unknown] of CASES)
  test(what, () => {
    const frozen = structuredClone(before);
    const result = completed(schema, before);
    assert.deepEqual(JSON.stringify(result.value), JSON.stringify(after));
    assert.deepEqual(result.unknown, unknown);
    assert.deepEqual(before, frozen);
  });

test('what is complete comes back itself', () => {
  const value = { a: 'x', l: [{ a: 'y' }] };
  const schema = object({ a: { ...text, default: 'd' }, l: { type: 'array', items: object({ a: text }) } });
  assert.equal(completed(schema, value).value, value);
});
