import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { JsonSchema } from '../../../../../../lib/platform/api/apiextensions/schema/json-schema.ts';
import { validateListKeys } from '../../../../../../lib/platform/api/apiextensions/schema/list-keys.ts';
import { schemaNode } from '../../../../../../lib/platform/api/apiextensions/schema/schema-node.ts';
import { validateChange, validateValue } from '../../../../../../lib/platform/api/apiextensions/schema/validate-value.ts';
import type { Json } from '../../../../../../lib/platform/api/meta.ts';
import { processorTime } from '../../../../../support/processor-time.ts';

const causesOf = (schema: JsonSchema, value: Json): string[] =>
  validateValue(schemaNode(schema), value, 'spec.a').map(({ field, message }) => `${field}: ${message}`);

const CASES: readonly (readonly [JsonSchema, Json, readonly string[]])[] = [
  [{ type: 'string' }, 'x', []],
  [{ type: 'number' }, 1, []],
  [{ type: 'integer' }, 1.5, ['spec.a: Invalid value: "number": spec.a in body must be of type integer: "number"']],
  [{ type: 'string' }, null, ['spec.a: Invalid value: "null": spec.a in body must be of type string: "null"']],
  [{ type: 'string', nullable: true }, null, []],
  [
    { 'x-kubernetes-int-or-string': true },
    true,
    ['spec.a: Invalid value: "boolean": spec.a in body must be of type integer,string: "boolean"'],
  ],
  [
    { type: 'integer', maximum: 5, exclusiveMaximum: true },
    5,
    ['spec.a: Invalid value: 5: spec.a in body should be less than 5'],
  ],
  [{ type: 'integer', minimum: 5 }, 4, ['spec.a: Invalid value: 4: spec.a in body should be greater than or equal to 5']],
  [{ type: 'number', multipleOf: 0.1 }, 0.3, []],
  [{ type: 'integer', multipleOf: 2 }, 3, ['spec.a: Invalid value: 3: spec.a in body should be a multiple of 2']],
  [
    { type: 'integer', format: 'int32' },
    2 ** 40,
    ['spec.a: Invalid value: 1099511627776: Checked value must be of type integer with format int32 in spec.a'],
  ],
  [{ type: 'string', minLength: 3 }, 'é☃', ['spec.a: Invalid value: "é☃": spec.a in body should be at least 3 chars long']],
  [{ type: 'string', maxLength: 2 }, '😀😀', []],
  [{ type: 'string', maxLength: 2 }, 'abc', ['spec.a: Too long: may not be more than 2 bytes']],
  [{ type: 'string', format: 'date-time' }, 'x', ['spec.a: Invalid value: "x": spec.a in body must be of type date-time: "x"']],
  [{ type: 'string', enum: ['a', 'b'] }, 'c', ['spec.a: Unsupported value: "c": supported values: "a", "b"']],
  [
    { type: 'array', items: { type: 'string' }, minItems: 2 },
    [1],
    [
      'spec.a[0]: Invalid value: "integer": spec.a[0] in body must be of type string: "integer"',
      'spec.a: Invalid value: 1: spec.a in body should have at least 2 items',
    ],
  ],
  [{ type: 'array', maxItems: 1 }, [1, 2], ['spec.a: Too many: 2: must have at most 1 items']],
  [
    { type: 'object', required: ['b'], maxProperties: 0 },
    { c: 1 },
    ['spec.a: Too many: 1: must have at most 0 items', 'spec.a.b: Required value'],
  ],
  [
    { type: 'object', additionalProperties: { type: 'string' } },
    { constructor: 1 },
    ['spec.a.constructor: Invalid value: "integer": spec.a.constructor in body must be of type string: "integer"'],
  ],
  [
    { anyOf: [{ required: ['x'] }, { required: ['y', 'z'] }] },
    {},
    ['<nil>: Invalid value: "": "spec.a" must validate at least one schema (anyOf)', 'spec.a.x: Required value'],
  ],
  [
    { oneOf: [{ required: ['x'] }, { required: ['y'] }] },
    { x: 1, y: 1 },
    ['<nil>: Invalid value: "": "spec.a" must validate one and only one schema (oneOf). Found 2 valid alternatives'],
  ],
  [
    { allOf: [{ minimum: 2 }, { maximum: 0 }] },
    1,
    [
      'spec.a: Invalid value: 1: spec.a in body should be greater than or equal to 2',
      'spec.a: Invalid value: 1: spec.a in body should be less than or equal to 0',
      '<nil>: Invalid value: "": "spec.a" must validate all the schemas (allOf). None validated',
    ],
  ],
  [{ not: { required: ['x'] } }, { x: 1 }, ['<nil>: Invalid value: "": "spec.a" must not validate the schema (not)']],
];

for (const [schema, value, causes] of CASES)
  test(`${JSON.stringify(value)} against ${JSON.stringify(schema)}`, () => assert.deepEqual(causesOf(schema, value), causes));

test('expressions take time in proportion to the text, whatever they are', () => {
  const started = processorTime();
  const text = `${'a'.repeat(50_000)}!`;
  assert.equal(causesOf({ type: 'string', pattern: '^(a+)+$' }, text).length, 1);
  assert.ok(processorTime() - started < 2_000);
});

test('a change is not blamed for what was there before', () => {
  const node = schemaNode({
    type: 'object',
    properties: {
      spec: { type: 'object', required: ['r'], properties: { a: { type: 'integer', maximum: 5 }, b: { type: 'string' } } },
    },
  });
  const fields = (now: Json, before: Json): string[] => validateChange(node, now, before).map(({ field }) => field!);
  assert.deepEqual(fields({ spec: { a: 9, b: 'new', r: 1 } }, { spec: { a: 9, b: 'old', r: 1 } }), []);
  assert.deepEqual(fields({ spec: { a: 8, r: 1 } }, { spec: { a: 9, r: 1 } }), ['spec.a']);
  assert.deepEqual(fields({ spec: { a: 1 }, x: 1 }, { spec: { a: 1 } }), []);
  assert.deepEqual(fields({ spec: { a: 2 } }, { spec: { a: 1 } }), ['spec.r']);
});

test('items of sets and keys of maps are there once', () => {
  const set = schemaNode({ type: 'array', 'x-kubernetes-list-type': 'set', items: { type: 'string' } });
  assert.deepEqual(
    validateListKeys(set, ['a', 'b', 'a', 'a'], 's').map(({ field }) => field),
    ['s[2]'],
  );
  const map = schemaNode({
    type: 'array',
    'x-kubernetes-list-type': 'map',
    'x-kubernetes-list-map-keys': ['a', 'b'],
    items: { type: 'object', properties: { a: { type: 'string' }, b: { type: 'integer' } } },
  });
  const found = validateListKeys(
    map,
    [
      { a: 'x', b: 1 },
      { a: 'x', b: 2 },
      { b: 1, a: 'x' },
    ],
    'm',
  );
  assert.deepEqual(
    found.map(({ field, message }) => [field, message]),
    [['m[2]', 'Duplicate value: {"a":"x","b":1}']],
  );
});
