import assert from 'node:assert/strict';
import { test } from 'node:test';
import { structType } from '../../../../../lib/platform/api/schema/compiled-types.ts';
import { describedFields } from '../../../../../lib/platform/api/schema/descriptions.ts';
import { openApiSchemas } from '../../../../../lib/platform/api/schema/open-api.ts';

type Schema = { properties: Record<string, Record<string, unknown>>; required?: string[]; [key: string]: unknown };

test('every reference leads somewhere, in every group version', () => {
  for (const [group, version] of [
    ['', 'v1'],
    ['apps', 'v1'],
    ['coordination.k8s.io', 'v1'],
    ['admissionregistration.k8s.io', 'v1'],
  ] as const) {
    const schemas = openApiSchemas(group, version);
    const references = [...JSON.stringify(schemas).matchAll(/"#\/components\/schemas\/([^"]+)"/g)].map((match) => match[1]!);
    assert.ok(references.length > 10);
    assert.deepEqual(
      references.filter((name) => schemas[name] === undefined),
      [],
    );
  }
});

test('a pod is told as kubectl needs it: kind, merge keys, map keys', () => {
  const schemas = openApiSchemas('', 'v1') as Record<string, Schema>;
  assert.deepEqual(schemas['io.k8s.api.core.v1.Pod']!['x-kubernetes-group-version-kind'], [
    { group: '', kind: 'Pod', version: 'v1' },
  ]);
  const spec = schemas['io.k8s.api.core.v1.PodSpec']!;
  assert.deepEqual(spec.required, ['containers']);
  assert.deepEqual(spec.properties['containers'], {
    description: 'The containers of the pod; at least one. Only their images may be changed later.',
    type: 'array',
    items: { allOf: [{ $ref: '#/components/schemas/io.k8s.api.core.v1.Container' }], default: {} },
    'x-kubernetes-list-map-keys': ['name'],
    'x-kubernetes-list-type': 'map',
    'x-kubernetes-patch-merge-key': 'name',
    'x-kubernetes-patch-strategy': 'merge',
  });
  assert.deepEqual(spec.properties['restartPolicy']!['enum'], ['Always', 'Never', 'OnFailure']);
  // An embedded struct shows as its fields.
  assert.ok(schemas['io.k8s.api.core.v1.Volume']!.properties['emptyDir']);
});

test('delete options belong to the group version that they are sent to', () => {
  const schemas = openApiSchemas('apps', 'v1') as Record<string, Schema>;
  const options = schemas['io.k8s.apimachinery.pkg.apis.meta.v1.DeleteOptions']!;
  assert.deepEqual(options['x-kubernetes-group-version-kind'], [{ group: 'apps', kind: 'DeleteOptions', version: 'v1' }]);
});

test('what is described exists', () => {
  for (const [type, field] of describedFields()) {
    const prefix = type.startsWith('meta.') ? 'io.k8s.apimachinery.pkg.apis.' : 'io.k8s.api.';
    const struct = structType(`${prefix}${type}`);
    assert.ok(field === '' || struct.fields.has(field), `${type} has no field ${field}`);
  }
});
