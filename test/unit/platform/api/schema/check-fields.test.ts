import assert from 'node:assert/strict';
import { test } from 'node:test';
import { checkFields } from '../../../../../lib/platform/api/schema/check-fields.ts';

const POD = 'io.k8s.api.core.v1.Pod';
const pod = (spec: object, metadata: object = { name: 'web' }): object => ({ apiVersion: 'v1', kind: 'Pod', metadata, spec });

test('fields that no table has are named by their path', () => {
  const object = pod(
    {
      containers: [
        { name: 'a', foo: 1 },
        { name: 'b', ports: [{ bar: 1 }] },
      ],
      hostname2: 'x',
    },
    { name: 'a', labls: {} },
  );
  assert.deepEqual(checkFields(object, POD).unknown, [
    'metadata.labls',
    'spec.containers[0].foo',
    'spec.containers[1].ports[0].bar',
    'spec.hostname2',
  ]);
});

test('names of object prototypes are fields like any other', () => {
  const object = JSON.parse(
    '{"metadata":{"labels":{"__proto__":"x"}},"spec":{"__proto__":{},"constructor":1,"toString":2}}',
  ) as object;
  assert.deepEqual(checkFields(object, POD), {
    unknown: ['spec.__proto__', 'spec.constructor', 'spec.toString'],
    malformed: undefined,
  });
});

const MALFORMED: readonly [title: string, object: object, text: string][] = [
  [
    'a number for a name',
    pod({}, { name: 1 }),
    'json: cannot unmarshal number into Go struct field ObjectMeta.metadata.name of type string',
  ],
  [
    'a string for a port',
    pod({ containers: [{ ports: [{ containerPort: '80' }] }] }),
    'json: cannot unmarshal string into Go struct field ContainerPort.spec.containers.ports.containerPort of type int32',
  ],
  [
    'a fraction for a port',
    pod({ containers: [{ ports: [{ containerPort: 80.5 }] }] }),
    'json: cannot unmarshal number 80.5 into Go struct field ContainerPort.spec.containers.ports.containerPort of type int32',
  ],
  [
    'a number too large',
    pod({ containers: [{ ports: [{ containerPort: 99999999999 }] }] }),
    'json: cannot unmarshal number 99999999999 into Go struct field ContainerPort.spec.containers.ports.containerPort of type int32',
  ],
  [
    'an object for a list',
    pod({ containers: {} }),
    'json: cannot unmarshal object into Go struct field PodSpec.spec.containers of type []v1.Container',
  ],
  [
    'a list for an object',
    { metadata: [] },
    'json: cannot unmarshal array into Go struct field Pod.metadata of type v1.ObjectMeta',
  ],
  [
    'a label that is a number',
    pod({}, { labels: { a: 1 } }),
    'json: cannot unmarshal number into Go struct field ObjectMeta.metadata.labels of type string',
  ],
  [
    'a named string',
    pod({ restartPolicy: 1 }),
    'json: cannot unmarshal number into Go struct field PodSpec.spec.restartPolicy of type v1.RestartPolicy',
  ],
  [
    'a boolean in quotes',
    pod({ hostNetwork: 'yes' }),
    'json: cannot unmarshal string into Go struct field PodSpec.spec.hostNetwork of type bool',
  ],
  [
    'no quantity',
    pod({ containers: [{ resources: { limits: { cpu: 'much' } } }] }),
    "quantities must match the regular expression '^([+-]?[0-9.]+)([eEinumkKMGTP]*[-+]?[0-9]*)$'",
  ],
  [
    'no time',
    pod({}, { deletionTimestamp: 'soon' }),
    'parsing time "soon" as "2006-01-02T15:04:05Z07:00": cannot parse "soon" as "2006"',
  ],
];

for (const [title, object, text] of MALFORMED)
  test(`${title}: ${text}`, () => assert.equal(checkFields(object, POD).malformed, text));

test('bytes must be base64', () => {
  const secret = (data: object): string | undefined => checkFields({ data }, 'io.k8s.api.core.v1.Secret').malformed;
  assert.equal(secret({ a: 'aGk=' }), undefined);
  assert.equal(secret({ a: '' }), undefined);
  assert.equal(secret({ a: 'a b' }), 'illegal base64 data at input byte 1');
  assert.equal(secret({ a: 'aGk' }), 'illegal base64 data at input byte 0');
});

test('null is the absence of a value everywhere', () => {
  assert.deepEqual(checkFields(pod({ containers: null, nodeName: null }, { creationTimestamp: null, labels: null }), POD), {
    unknown: [],
    malformed: undefined,
  });
});

test('a schema that is not there is a mistake of a definition', () => {
  assert.throws(() => checkFields({}, 'io.k8s.api.core.v1.Nothing'), /no table has a schema/);
  assert.throws(() => checkFields({}, 'io.k8s.api.core.v1.constructor'), /no table has a schema/);
});
