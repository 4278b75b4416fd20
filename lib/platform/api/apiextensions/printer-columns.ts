import { age, nameColumn, type Column } from '../columns.ts';
import type { Json, KubeObject } from '../meta.ts';
import type { PrinterColumn } from './definition-types.ts';
import { compileJsonPath } from './json-path.ts';

const NAME: Column = {
  ...nameColumn,
  description:
    'Name must be unique within a namespace. Is required when creating resources, although some resources may allow a client to request the generation of an appropriate name automatically. Name is primarily intended for creation idempotence and configuration definition. Cannot be updated.',
};

const AGE: PrinterColumn = {
  name: 'Age',
  type: 'date',
  description: 'CreationTimestamp is a timestamp representing the server time when this object was created.',
  jsonPath: '.metadata.creationTimestamp',
};

/** The columns of `kubectl get`: the name, then those that the definition has, or the age (customresource/tableconvertor). */
export function printerColumns(columns: readonly PrinterColumn[] | undefined): readonly Column[] {
  return [NAME, ...(columns === undefined || columns.length === 0 ? [AGE] : columns).map(printerColumn)];
}

function printerColumn({ name = '', type = 'string', format, description, priority, jsonPath = '' }: PrinterColumn): Column {
  const path = compileJsonPath(jsonPath);
  return {
    name,
    type: type as NonNullable<Column['type']>,
    format: format ?? '',
    description: description || `Custom resource definition column (in JSONPath format): ${jsonPath}`,
    // The wire type has any number there; kubectl shows what is above 0 with -o wide.
    priority: (priority ?? 0) as 0 | 1,
    cell: (object, now) => cellOf(type, path?.(object as KubeObject as unknown as Json)[0], now),
  };
}

function cellOf(type: string, value: Json | undefined, now: number): Json {
  if (value === undefined || value === null) return null;
  switch (type) {
    case 'string':
      return typeof value === 'object' ? JSON.stringify(value) : String(value);
    case 'integer':
      return typeof value === 'number' ? Math.trunc(value) : null;
    case 'number':
      return typeof value === 'number' ? value : null;
    case 'boolean':
      return typeof value === 'boolean' ? value : null;
    default:
      if (typeof value !== 'string') return null;
      return Number.isNaN(Date.parse(value)) ? '<invalid>' : age(value, now);
  }
}
