import { ageColumn, countColumn, nameColumn } from '../columns.ts';
import { defineResource } from '../define-resource.ts';
import type { KubeObject } from '../meta.ts';
import type { StatusCause } from '../status-error.ts';
import { deepEqual, forbidden, invalid } from '../validation/causes.ts';
import { configKey } from '../validation/names.ts';

/** What a config map or a secret may hold, in bytes. */
export const MAX_DATA_BYTES = 1024 * 1024;

const size = (object: KubeObject): number => Object.keys(object.data ?? {}).length + Object.keys(object.binaryData ?? {}).length;

function validate(object: KubeObject): StatusCause[] {
  const causes: StatusCause[] = [];
  const data = Object.entries<string>(object.data ?? {});
  const binaryData = Object.entries<string>(object.binaryData ?? {});
  let bytes = 0;
  for (const [key, value] of data) {
    for (const text of configKey(key)) causes.push(invalid(`data[${key}]`, key, text));
    if (Object.hasOwn(object.binaryData ?? {}, key))
      causes.push(invalid(`data[${key}]`, key, 'duplicate of key present in binaryData'));
    bytes += Buffer.byteLength(value);
  }
  for (const [key, value] of binaryData) {
    for (const text of configKey(key)) causes.push(invalid(`binaryData[${key}]`, key, text));
    bytes += Buffer.byteLength(value, 'base64');
  }
  if (bytes > MAX_DATA_BYTES) causes.push(dataTooLong('[]'));
  return causes;
}

/** What is said of a map whose values are larger than MAX_DATA_BYTES together. */
export const dataTooLong = (field: string): StatusCause => ({
  reason: 'FieldValueTooLong',
  message: `Too long: may not be more than ${MAX_DATA_BYTES} bytes`,
  field,
});

/** What may not change once `immutable` is set: that itself, and the data. */
export function validateImmutability(object: KubeObject, old: KubeObject, fields: readonly string[]): StatusCause[] {
  if (old.immutable !== true) return [];
  const text = 'field is immutable when `immutable` is set';
  const causes = object.immutable === true ? [] : [forbidden('immutable', text)];
  for (const field of fields) if (!deepEqual(object[field] ?? {}, old[field] ?? {})) causes.push(forbidden(field, text));
  return causes;
}

export const configMap = defineResource({
  group: '',
  version: 'v1',
  kind: 'ConfigMap',
  plural: 'configmaps',
  shortNames: ['cm'],
  namespaced: true,
  schema: 'io.k8s.api.core.v1.ConfigMap',
  strategy: {
    validate,
    validateUpdate: (object, old) => validateImmutability(object, old, ['data', 'binaryData']),
  },
  columns: [nameColumn, countColumn('Data', size), ageColumn],
});
