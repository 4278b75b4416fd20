import assert from 'node:assert/strict';
import { test } from 'node:test';
import { decodeProtobuf, encodeProtobuf } from '../../../../../lib/platform/api/schema/protobuf.ts';
import { customResourceDefinition } from '../../../../support/custom-resources.ts';

test('a definition comes through protobuf as it is, with all that may stand in a schema’s place', () => {
  const definition = customResourceDefinition({
    version: {
      schema: {
        openAPIV3Schema: {
          type: 'object',
          properties: {
            list: { type: 'array', items: { type: 'string', enum: ['a', null, { b: [1] }] } },
            map: { type: 'object', additionalProperties: { type: 'integer', default: 3, maximum: 1.5 } },
            open: { type: 'object', additionalProperties: true },
            closed: { type: 'object', additionalProperties: false },
            either: { 'x-kubernetes-int-or-string': true, anyOf: [{ type: 'integer' }, { type: 'string' }] },
            kept: { type: 'object', 'x-kubernetes-preserve-unknown-fields': true },
          },
          'x-kubernetes-validations': [{ rule: 'self.x > 1', message: 'x', reason: 'FieldValueInvalid' }],
        },
      },
      selectableFields: [{ jsonPath: '.spec.a' }],
    },
  });
  const bytes = encodeProtobuf(definition)!;
  assert.deepEqual(decodeProtobuf(bytes)['spec'], definition['spec']);
  // What came over a socket is part of a larger piece of memory: of the rest of it nothing is read.
  const received = Buffer.concat([Buffer.alloc(8192, 0xff), bytes]).subarray(8192);
  assert.deepEqual(decodeProtobuf(received)['spec'], definition['spec']);
});
