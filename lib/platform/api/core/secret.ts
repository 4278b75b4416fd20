import { ageColumn, column, countColumn, nameColumn } from '../columns.ts';
import { defineResource } from '../define-resource.ts';
import type { KubeObject } from '../meta.ts';
import type { StatusCause } from '../status-error.ts';
import { immutable, invalid, required } from '../validation/causes.ts';
import { configKey } from '../validation/names.ts';
import { MAX_DATA_BYTES, dataTooLong, validateImmutability } from './config-map.ts';

const REDACTED = '<secret contents redacted>';

/** `stringData` is for writing only: it becomes data. */
function mergeStringData(object: KubeObject): void {
  if (object.stringData === undefined) return;
  object.data ??= {};
  for (const [key, value] of Object.entries<string>(object.stringData))
    Object.defineProperty(object.data, key, {
      value: Buffer.from(value).toString('base64'),
      writable: true,
      enumerable: true,
      configurable: true,
    });
  delete object.stringData;
}

function validate(object: KubeObject): StatusCause[] {
  const causes: StatusCause[] = [];
  let bytes = 0;
  for (const [key, value] of Object.entries<string>(object.data ?? {})) {
    for (const text of configKey(key)) causes.push(invalid(`data[${key}]`, key, text));
    bytes += Buffer.byteLength(value, 'base64');
  }
  if (bytes > MAX_DATA_BYTES) causes.push(dataTooLong('data'));
  return [...causes, ...validateType(object)];
}

/** The types that Kubernetes knows want certain keys. */
function validateType(object: KubeObject): StatusCause[] {
  const has = (key: string): boolean => Object.hasOwn(object.data ?? {}, key);
  const need = (...keys: string[]): StatusCause[] => keys.filter((key) => !has(key)).map((key) => required(`data[${key}]`));
  switch (object.type) {
    case 'kubernetes.io/service-account-token': {
      const account = object.metadata.annotations?.['kubernetes.io/service-account.name'];
      return account ? [] : [required('metadata.annotations[kubernetes.io/service-account.name]')];
    }
    case 'kubernetes.io/dockercfg':
      return has('.dockercfg') ? validateJson(object, '.dockercfg') : need('.dockercfg');
    case 'kubernetes.io/dockerconfigjson':
      return has('.dockerconfigjson') ? validateJson(object, '.dockerconfigjson') : need('.dockerconfigjson');
    case 'kubernetes.io/basic-auth':
      return has('username') || has('password') ? [] : need('username', 'password');
    case 'kubernetes.io/ssh-auth':
      return need('ssh-privatekey');
    case 'kubernetes.io/tls':
      return need('tls.crt', 'tls.key');
    default:
      return [];
  }
}

function validateJson(object: KubeObject, key: string): StatusCause[] {
  try {
    const value: unknown = JSON.parse(Buffer.from(object.data[key], 'base64').toString());
    if (typeof value === 'object' && value !== null && !Array.isArray(value)) return [];
    return [invalid(`data[${key}]`, REDACTED, 'json: cannot unmarshal into an object')];
  } catch {
    return [invalid(`data[${key}]`, REDACTED, 'invalid character in JSON input')];
  }
}

export const secret = defineResource({
  group: '',
  version: 'v1',
  kind: 'Secret',
  plural: 'secrets',
  namespaced: true,
  schema: 'io.k8s.api.core.v1.Secret',
  confidential: true,
  strategy: {
    defaults: mergeStringData,
    validate,
    validateUpdate: (object, old) => [
      ...immutable('type', object.type, old.type),
      ...validateImmutability(object, old, ['data']),
    ],
  },
  selectableFields: { type: (object) => object.type },
  columns: [
    nameColumn,
    column('Type', (object) => object.type),
    countColumn('Data', (object) => Object.keys(object.data ?? {}).length),
    ageColumn,
  ],
});
