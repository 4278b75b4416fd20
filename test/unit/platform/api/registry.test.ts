import assert from 'node:assert/strict';
import { test } from 'node:test';
import { resources } from '../../../../lib/platform/api/registry.ts';
import { structOfKind, structType } from '../../../../lib/platform/api/schema/compiled-types.ts';

test('every kind stands once, in order within its group, with a schema that is its own', () => {
  const names = resources.map((definition) => `${definition.group}/${definition.version} ${definition.plural}`);
  assert.equal(new Set(names).size, names.length);
  assert.deepEqual(names, names.toSorted());
  for (const definition of resources)
    assert.equal(structOfKind(definition.group, definition.version, definition.kind)?.name, definition.schema, definition.kind);
});

test('the bodies of actions have schemas', () => {
  for (const { subresources = {} } of resources)
    for (const subresource of Object.values(subresources))
      if (subresource.kind === 'action') assert.ok(structType(subresource.body.schema).isKind);
});

test('columns begin with the name, or say so', () => {
  for (const { kind, columns = [], virtual } of resources) {
    if (virtual !== undefined) continue;
    assert.ok(
      columns.some((column) => column.format === 'name'),
      kind,
    );
  }
});
