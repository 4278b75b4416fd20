import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { JsonSchema, ValidationRule } from '../../../../../lib/platform/api/apiextensions/schema/json-schema.ts';
import { checkRules } from '../../../../../lib/platform/api/expressions/schema-rules/check-rules.ts';
import { compileRules } from '../../../../../lib/platform/api/expressions/schema-rules/compiled-rules.ts';
import { evaluateRules } from '../../../../../lib/platform/api/expressions/schema-rules/evaluate-rules.ts';

const PATH = 'spec.versions[0].schema.openAPIV3Schema';

const integer: JsonSchema = { type: 'integer' };
const text: JsonSchema = { type: 'string' };
const spec = (properties: Record<string, JsonSchema>, rules: ValidationRule[] = [], more: object = {}): JsonSchema => ({
  type: 'object',
  properties: { spec: { type: 'object', properties, 'x-kubernetes-validations': rules, ...more } },
});

function evaluate(schema: JsonSchema, value: object, old?: object): string[] {
  assert.deepEqual(checkRules(schema, PATH), []);
  const wrap = (each: object | undefined): object | undefined =>
    each === undefined ? undefined : { metadata: { name: 'x' }, spec: each };
  return evaluateRules(compileRules(schema, true)!, wrap(value), wrap(old)).map(({ field, message }) => `${field}: ${message}`);
}

const problems = (schema: JsonSchema): string[] => checkRules(schema, PATH).map(({ field, message }) => `${field}: ${message}`);

test('a rule that fails is told where it stands, with its message', () => {
  const replicas = { replicas: integer, minReplicas: integer };
  const rule = 'self.minReplicas <= self.replicas';
  assert.deepEqual(evaluate(spec(replicas, [{ rule }]), { minReplicas: 1, replicas: 2 }), []);
  assert.deepEqual(evaluate(spec(replicas, [{ rule }]), { minReplicas: 3, replicas: 2 }), [
    `spec: Invalid value: "object": failed rule: ${rule}`,
  ]);
  assert.deepEqual(evaluate(spec(replicas, [{ rule, message: ' too few ' }]), { minReplicas: 3, replicas: 2 }), [
    'spec: Invalid value: "object": too few',
  ]);
  const said = { rule, message: 'too few', messageExpression: "'at least ' + string(self.minReplicas)" };
  assert.deepEqual(evaluate(spec(replicas, [said]), { minReplicas: 3, replicas: 2 }), [
    'spec: Invalid value: "object": at least 3',
  ]);
  const where: ValidationRule = { rule, fieldPath: '.replicas', reason: 'FieldValueForbidden', message: 'no' };
  assert.deepEqual(evaluate(spec(replicas, [where]), { minReplicas: 3, replicas: 2 }), ['spec.replicas: Forbidden: no']);
  assert.deepEqual(evaluate(spec(replicas, [{ rule, reason: 'FieldValueRequired' }]), { minReplicas: 3, replicas: 2 }), [
    `spec: Required value: failed rule: ${rule}`,
  ]);
});

test('rules of fields, items, values, and of the whole object', () => {
  const schema: JsonSchema = {
    type: 'object',
    'x-kubernetes-validations': [
      { rule: "self.metadata.name.startsWith('x') && self.kind != 'Odd'" },
      { rule: 'has(self.spec)' },
    ],
    properties: {
      spec: {
        type: 'object',
        properties: {
          ports: { type: 'array', items: { type: 'integer', 'x-kubernetes-validations': [{ rule: 'self > 0' }] } },
          limits: {
            type: 'object',
            additionalProperties: { type: 'string', 'x-kubernetes-validations': [{ rule: 'isQuantity(self)' }] },
          },
          name: { type: 'string', nullable: true, 'x-kubernetes-validations': [{ rule: "self != 'bad'" }] },
        },
      },
    },
  };
  const node = compileRules(schema, true)!;
  const causes = evaluateRules(
    node,
    {
      apiVersion: 'v1',
      kind: 'Odd',
      metadata: { name: 'x' },
      spec: { ports: [1, 0], limits: { cpu: '1', memory: 'much' }, name: null },
    },
    undefined,
  );
  assert.deepEqual(
    causes.map(({ field, message }) => `${field}: ${message}`),
    [
      `<nil>: Invalid value: "object": failed rule: self.metadata.name.startsWith('x') && self.kind != 'Odd'`,
      'spec.ports[1]: Invalid value: "integer": failed rule: self > 0',
      'spec.limits[memory]: Invalid value: "string": failed rule: isQuantity(self)',
    ],
  );
});

test('types are those of the schema: formats, int-or-string, escaped names', () => {
  const schema = spec(
    {
      when: { type: 'string', format: 'date-time' },
      day: { type: 'string', format: 'date' },
      wait: { type: 'string', format: 'duration' },
      data: { type: 'string', format: 'byte' },
      share: { type: 'number' },
      port: { 'x-kubernetes-int-or-string': true },
      'a-b.c': text,
      namespace: text,
      __x: text,
    },
    [
      { rule: "self.when < timestamp('2030-01-01T00:00:00Z') && self.day.getFullYear() == 2024" },
      { rule: "self.wait < duration('1h') && self.data == b'hi' && self.share < 1.5" },
      { rule: "self.port == 80 || self.port == '80%'" },
      { rule: "self.a__dash__b__dot__c == 'x' && self.__namespace__ == 'n' && self.__underscores__x == 'u'" },
    ],
  );
  const value = {
    when: '2024-01-01T00:00:00Z',
    day: '2024-02-29',
    wait: '5m',
    data: 'aGk=',
    share: 1,
    port: 80,
    'a-b.c': 'x',
    namespace: 'n',
    __x: 'u',
  };
  assert.deepEqual(evaluate(schema, value), []);
  assert.deepEqual(evaluate(schema, { ...value, port: '80%' }), []);
});

test('transitions: what was there before, found by name, by key, or as something that may be absent', () => {
  const immutable = spec({
    name: { ...text, 'x-kubernetes-validations': [{ rule: 'self == oldSelf', message: 'may not change' }] },
  });
  assert.deepEqual(evaluate(immutable, { name: 'a' }), []);
  assert.deepEqual(evaluate(immutable, { name: 'a' }, { name: 'a' }), []);
  assert.deepEqual(evaluate(immutable, { name: 'b' }, { name: 'a' }), ['spec.name: Invalid value: "string": may not change']);
  const list = spec({
    items: {
      type: 'array',
      'x-kubernetes-list-type': 'map',
      'x-kubernetes-list-map-keys': ['key'],
      items: {
        type: 'object',
        properties: { key: text, size: integer },
        'x-kubernetes-validations': [{ rule: 'self.size >= oldSelf.size' }],
      },
    },
  });
  const before = {
    items: [
      { key: 'a', size: 1 },
      { key: 'b', size: 5 },
    ],
  };
  assert.deepEqual(
    evaluate(
      list,
      {
        items: [
          { key: 'b', size: 6 },
          { key: 'a', size: 1 },
          { key: 'c', size: 0 },
        ],
      },
      before,
    ),
    [],
  );
  assert.deepEqual(evaluate(list, { items: [{ key: 'b', size: 4 }] }, before), [
    'spec.items[0]: Invalid value: "object": failed rule: self.size >= oldSelf.size',
  ]);
  const optional = spec({
    n: { ...integer, 'x-kubernetes-validations': [{ rule: 'self >= oldSelf.orValue(1)', optionalOldSelf: true }] },
  });
  assert.deepEqual(evaluate(optional, { n: 0 }), ['spec.n: Invalid value: "integer": failed rule: self >= oldSelf.orValue(1)']);
  assert.deepEqual(evaluate(optional, { n: 3 }, { n: 3 }), []);
});

test('what broke a rule before and has not been touched may stay', () => {
  const schema = spec({ n: { ...integer, 'x-kubernetes-validations': [{ rule: 'self < 5' }] }, other: text });
  assert.deepEqual(evaluate(schema, { n: 7, other: 'a' }, { n: 7 }), []);
  assert.equal(evaluate(schema, { n: 8, other: 'a' }, { n: 7 }).length, 1);
});

test('sets are equal in any order; lists with keys add by key', () => {
  const set: JsonSchema = { type: 'array', items: text, 'x-kubernetes-list-type': 'set' };
  const map: JsonSchema = {
    type: 'array',
    'x-kubernetes-list-type': 'map',
    'x-kubernetes-list-map-keys': ['k'],
    items: { type: 'object', properties: { k: text, v: integer } },
  };
  const schema = spec({ a: set, b: set, c: map }, [
    { rule: 'self.a == self.b' },
    { rule: 'size(self.a + self.b) == 2' },
    { rule: 'self.c == oldSelf.c && size(self.c + oldSelf.c) == 2' },
  ]);
  const value = { a: ['x', 'y'], b: ['y', 'x'] };
  const [one, two] = [
    { k: '1', v: 1 },
    { k: '2', v: 2 },
  ];
  assert.deepEqual(evaluate(schema, { ...value, c: [one, two] }, { ...value, c: [two, one] }), []);
  assert.equal(evaluate(schema, { ...value, c: [one, { k: '2', v: 3 }] }, { ...value, c: [two, one] }).length, 1);
});

test('what cannot be evaluated is told with the rule', () => {
  assert.deepEqual(evaluate(spec({ a: integer }, [{ rule: 'self.a > 1' }]), {}), [
    'spec: Invalid value: "object": no such key: a evaluating rule: self.a > 1',
  ]);
  const mixed = spec({ a: { 'x-kubernetes-int-or-string': true } }, [{ rule: 'self.a + 1 > 1' }]);
  assert.deepEqual(evaluate(mixed, { a: 'x' }), [
    `spec: Invalid value: "object": 'no such overload': call arguments did not match a supported operator, function or macro signature for rule: self.a + 1 > 1`,
  ]);
  const dear = spec({ a: { type: 'array', items: integer } }, [
    { rule: 'self.a.all(x, self.a.all(y, self.a.all(z, x + y + z >= 0)))' },
    { rule: 'false' },
  ]);
  assert.deepEqual(evaluate(dear, { a: Array.from({ length: 1000 }, (_, i) => i) }), [
    `spec: Invalid value: "object": 'operation cancelled: actual cost limit exceeded': no further validation rules will be run due to call cost exceeds limit for rule: self.a.all(x, self.a.all(y, self.a.all(z, x + y + z >= 0)))`,
  ]);
  const many = spec({
    a: {
      type: 'array',
      items: { type: 'array', items: integer, 'x-kubernetes-validations': [{ rule: 'self.all(x, self.all(y, x + y >= 0))' }] },
    },
  });
  const causes = evaluate(many, { a: Array.from({ length: 40 }, () => Array.from({ length: 250 }, (_, i) => i)) });
  assert.equal(causes.length, 1);
  assert.match(
    causes[0]!,
    /^spec\.a\[\d+\]: Invalid value: "array": validation failed due to running out of cost budget, no further validation rules will be run$/,
  );
});

const goRule = (rule: string, message = ''): string =>
  `apiextensions.ValidationRule{Rule:${JSON.stringify(rule)}, Message:"", MessageExpression:${JSON.stringify(message)}, Reason:(*apiextensions.FieldValueErrorReason)(nil), FieldPath:"", OptionalOldSelf:(*bool)(nil)}`;

test('rules that do not compile are told when they are written', () => {
  const at = `${PATH}.properties[spec].x-kubernetes-validations[0]`;
  assert.deepEqual(problems(spec({ a: integer }, [{ rule: 'self.b == 1' }])), [
    `${at}.rule: Invalid value: ${goRule('self.b == 1')}: compilation failed: ERROR: <input>:1:5: undefined field 'b'\n | self.b == 1\n | ....^`,
  ]);
  assert.deepEqual(problems(spec({ a: integer }, [{ rule: "self.a == 'x'" }])), [
    `${at}.rule: Invalid value: ${goRule("self.a == 'x'")}: compilation failed: ERROR: <input>:1:8: found no matching overload for '_==_' applied to '(int, string)'\n | self.a == 'x'\n | .......^`,
  ]);
  assert.deepEqual(problems(spec({ a: integer }, [{ rule: 'self.a' }])), [
    `${at}.rule: Invalid value: ${goRule('self.a')}: cel expression must evaluate to a bool`,
  ]);
  assert.deepEqual(problems(spec({ a: integer }, [{ rule: 'true', messageExpression: 'self.a' }])), [
    `${at}.messageExpression: Invalid value: ${goRule('true', 'self.a')}: messageExpression must evaluate to a string`,
  ]);
  assert.deepEqual(problems(spec({ a: integer }, [{ rule: 'true', fieldPath: '.b' }])), [
    `${at}.fieldPath: Invalid value: ".b": fieldPath must be a valid path: does not refer to a valid field`,
  ]);
  assert.deepEqual(problems(spec({ a: integer }, [{ rule: 'true', optionalOldSelf: true }])), [
    `${at}.optionalOldSelf: Invalid value: true: may not be set if oldSelf is not used in rule`,
  ]);
  const atomic = spec({ l: { type: 'array', items: { ...text, 'x-kubernetes-validations': [{ rule: 'self == oldSelf' }] } } });
  assert.deepEqual(problems(atomic), [
    `${PATH}.properties[spec].properties[l].items.x-kubernetes-validations[0].rule: Invalid value: "self == oldSelf": oldSelf cannot be used on the uncorrelatable portion of the schema within ${PATH}.properties[spec].properties[l].items`,
  ]);
  // What nothing is known of cannot be seen.
  assert.equal(
    problems(spec({ a: { type: 'object', 'x-kubernetes-preserve-unknown-fields': true } }, [{ rule: 'has(self.a.b)' }])).length,
    1,
  );
});
