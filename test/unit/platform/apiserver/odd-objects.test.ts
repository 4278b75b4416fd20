import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { ResourceDefinition } from '../../../../lib/platform/api/define-resource.ts';
import { resources } from '../../../../lib/platform/api/registry.ts';
import { type Field, type FieldType, type StructType, structType } from '../../../../lib/platform/api/schema/compiled-types.ts';
import { type ApiUnderTest, startApi } from './api-under-test.ts';

/** Values of a field's type at the edges of it: what a types check lets through, a kind's own rules must be ready for. */
type Edge = 'empty' | 'odd' | 'large';

const DEPTH = 9;

function scalar(type: Extract<FieldType, { form: 'scalar' }>, edge: Edge): unknown {
  switch (type.scalar) {
    case 'bool':
      return edge === 'odd';
    case 'int32':
    case 'int64':
    case 'float64':
      return { empty: 0, odd: -1, large: 2_147_483_647 }[edge];
    case 'Quantity':
      return { empty: '0', odd: '-1500m', large: '9Ei' }[edge];
    case 'IntOrString':
      return { empty: 0, odd: 'odd', large: '250%' }[edge];
    case 'Time':
    case 'MicroTime':
      return edge === 'empty' ? null : '2026-01-01T00:00:00Z';
    case 'bytes':
      return { empty: '', odd: 'AA==', large: 'QUJD'.repeat(100) }[edge];
    case 'any':
    case 'JSON':
    case 'RawExtension':
    case 'FieldsV1':
      return edge === 'empty' ? null : { odd: [1] };
    case 'Duration':
      return '1s';
    default:
      return { empty: '', odd: '../Odd %00', large: 'x'.repeat(300) }[edge];
  }
}

function value(type: FieldType, edge: Edge, depth: number, within: readonly StructType[] = []): unknown {
  switch (type.form) {
    case 'scalar':
      return scalar(type, edge);
    case 'struct':
      // Schemas hold schemas: what is within itself comes once.
      return depth > DEPTH || within.includes(type.struct) || type.struct.either !== undefined
        ? {}
        : fields([...type.struct.fields.values()], edge, depth + 1, [...within, type.struct]);
    case 'list':
      return edge === 'empty'
        ? []
        : [value(type.element, edge, depth, within), value(type.element, edge === 'odd' ? 'empty' : edge, depth, within)];
    case 'map':
      return edge === 'empty' ? {} : { 'odd key': value(type.element, edge, depth, within) };
  }
}

const fields = (all: readonly Field[], edge: Edge, depth: number, within: readonly StructType[] = []): Record<string, unknown> =>
  Object.fromEntries(all.map((field) => [field.name, value(field.type, edge, depth, within)]));

function body(definition: ResourceDefinition, edge: Edge): Record<string, unknown> {
  const all = [...structType(definition.schema).fields.values()].filter(
    ({ name }) => !['apiVersion', 'kind', 'metadata', 'status'].includes(name),
  );
  return { metadata: { name: `odd-${edge}` }, ...fields(all, edge, 0) };
}

const pathOf = ({ group, version, plural, namespaced }: ResourceDefinition): string =>
  `${group === '' ? '/api' : `/apis/${group}`}/${version}${namespaced ? '/namespaces/default' : ''}/${plural}`;

async function tryKind(api: ApiUnderTest, definition: ResourceDefinition): Promise<void> {
  const path = pathOf(definition);
  const bare = { metadata: { name: 'bare' } };
  for (const sent of [
    {},
    bare,
    { ...bare, spec: {}, status: {} },
    ...(['empty', 'odd', 'large'] as const).map((edge) => body(definition, edge)),
  ]) {
    const { code, text } = await api.call('POST', `${path}?dryRun=All`, { body: sent });
    assert.ok(code < 500, `POST ${path} ${JSON.stringify(sent).slice(0, 300)}: ${text}`);
  }
  // What can be stored is shown, changed and reported on.
  await api.call('POST', path, { body: bare });
  await api.call('POST', path, { body: body(definition, 'empty') });
  for (const name of ['bare', 'odd-empty'])
    for (const edge of ['empty', 'odd', 'large'] as const) {
      const { metadata: _name, ...rest } = body(definition, edge);
      const status = value({ form: 'struct', struct: structType(definition.schema), goType: '' }, edge, 0) as { status?: object };
      for (const [suffix, change] of [
        ['', rest],
        ['/status', { status: status.status ?? {} }],
      ] as const) {
        const { code, text } = await api.call('PATCH', `${path}/${name}${suffix}?dryRun=All`, {
          headers: { 'content-type': 'application/merge-patch+json' },
          body: change,
        });
        assert.ok(code < 500, `PATCH ${path}/${name}${suffix} ${edge}: ${text}`);
      }
    }
  const table = await api.call('GET', path, { headers: { accept: 'application/json;as=Table;g=meta.k8s.io;v=v1' } });
  assert.ok(table.code < 500, `GET ${path}: ${table.text}`);
}

test('no kind stumbles over objects that are well-formed and odd', async () => {
  await using api = await startApi();
  // Else no pod gets as far as its own rules.
  await api.call('POST', '/api/v1/namespaces/default/serviceaccounts', { body: { metadata: { name: 'default' } } });
  for (const definition of resources) await tryKind(api, definition);
});
