import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as fc from 'fast-check';
import { customResourceDefinition } from '../../../support/custom-resources.ts';
import { startApi } from './api-under-test.ts';

const CRDS = '/apis/apiextensions.k8s.io/v1/customresourcedefinitions';
const RUNS = 150;

const TYPES = ['object', 'array', 'string', 'integer', 'number', 'boolean', 'null', '', 'cat'];
const anything = fc.jsonValue({ maxDepth: 3 });
const name = fc.constantFrom('a', 'b', '__proto__', 'constructor', 'metadata', 'spec', 'x.y', '');

/** Schemas as somebody who half knows them writes them: often right, mostly not. */
const { schema } = fc.letrec<{ schema: object; node: object }>((tie) => ({
  schema: fc.oneof({ maxDepth: 3, withCrossShrink: true }, fc.record({ type: fc.constantFrom(...TYPES) }), tie('node')),
  node: fc.record(
    {
      type: fc.constantFrom(...TYPES),
      properties: fc.dictionary(name, tie('schema'), { maxKeys: 3 }),
      items: fc.oneof(tie('schema'), fc.array(tie('schema'), { maxLength: 2 })),
      additionalProperties: fc.oneof(tie('schema'), fc.boolean()),
      default: anything,
      enum: fc.array(anything, { maxLength: 3 }),
      required: fc.array(name, { maxLength: 2 }),
      pattern: fc.constantFrom('^a+$', '(', '(a{1000}){1000}', '\\p{Greek}', '(?=x)', ''),
      format: fc.constantFrom('date-time', 'ipv4', 'int32', 'email', 'cat'),
      minimum: fc.double({ noNaN: true, noDefaultInfinity: true }),
      maxLength: fc.integer({ min: -5, max: 5 }),
      multipleOf: fc.constantFrom(0, 2, 0.1),
      nullable: fc.boolean(),
      anyOf: fc.array(tie('schema'), { maxLength: 2 }),
      not: tie('schema'),
      'x-kubernetes-preserve-unknown-fields': fc.boolean(),
      'x-kubernetes-int-or-string': fc.boolean(),
      'x-kubernetes-embedded-resource': fc.boolean(),
      'x-kubernetes-list-type': fc.constantFrom('set', 'map', 'atomic', 'cat'),
      'x-kubernetes-list-map-keys': fc.array(name, { maxLength: 2 }),
    },
    { requiredKeys: [] },
  ),
}));

/** With what a structural schema needs, so that many get through. */
const mended = (value: unknown): unknown => {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return { type: 'string' };
  const {
    type,
    properties,
    items,
    additionalProperties: _more,
    anyOf: _anyOf,
    not: _not,
    default: _default,
    ...rest
  } = value as Record<string, unknown>;
  const kept = Object.fromEntries(
    ['format', 'enum', 'nullable', 'maxLength', 'minimum'].filter((key) => key in rest).map((key) => [key, rest[key]]),
  );
  if (type === 'array' || items !== undefined) return { type: 'array', items: mended(items) };
  if (type === 'object' || properties !== undefined)
    return {
      type: 'object',
      properties: Object.fromEntries(Object.entries((properties ?? {}) as object).map(([key, child]) => [key, mended(child)])),
    };
  return { type: ['integer', 'number', 'boolean'].includes(String(type)) ? type : 'string', ...kept };
};

test('no schema and no object that somebody sends is more than the server can take', async () => {
  await using api = await startApi();
  let served = 0;
  let count = 0;
  await fc.assert(
    fc.asyncProperty(schema, fc.boolean(), fc.array(anything, { minLength: 1, maxLength: 3 }), async (odd, mend, specs) => {
      const plural = `things${count++}`;
      const root = mend ? { type: 'object', properties: { spec: mended(odd) } } : odd;
      const definition = customResourceDefinition({ plural, kind: 'Thing', version: { schema: { openAPIV3Schema: root } } });
      const made = await api.call('POST', CRDS, { body: definition });
      assert.ok(made.code < 500, made.text);
      if (made.code !== 201) return;
      const conditions = [{ type: 'Established', status: 'True', reason: '', message: '' }];
      await api.call('PATCH', `${CRDS}/${plural}.example.com/status`, {
        headers: { 'content-type': 'application/merge-patch+json' },
        body: { status: { acceptedNames: made.body.spec.names, conditions } },
      });
      served++;
      const path = `/apis/example.com/v1/namespaces/default/${plural}`;
      for (const [i, spec] of specs.entries()) {
        const metadata = { name: `o${i}` };
        const body = { apiVersion: 'example.com/v1', kind: 'Thing', metadata, spec };
        const headers = { 'content-type': 'application/apply-patch+yaml' };
        for (const { code, text } of [
          await api.call('POST', path, { body }),
          await api.call('PATCH', `${path}/o${i}?fieldManager=me`, { headers, body }),
          await api.call('PATCH', `${path}/o${i}`, {
            headers: { 'content-type': 'application/merge-patch+json' },
            body: { spec: specs[0] },
          }),
        ])
          assert.ok(code < 500, text);
      }
      const table = await api.call('GET', path, { headers: { accept: 'application/json;as=Table;g=meta.k8s.io;v=v1' } });
      assert.equal(table.code, 200, table.text);
    }),
    { numRuns: RUNS },
  );
  assert.ok(served > RUNS / 5, `only ${served} definitions were served`);
  for (const path of ['/openapi/v3/apis/example.com/v1', '/openapi/v2'])
    assert.equal((await api.call('GET', path)).code, 200, path);
  const protobuf = 'application/com.github.proto-openapi.spec.v2.v1.0+protobuf';
  assert.equal((await api.call('GET', '/openapi/v2', { headers: { accept: protobuf } })).code, 200);
});
