import type { StatusCause } from '../../status-error.ts';
import { invalid, notSupported, required } from '../../validation/causes.ts';
import { qualifiedName } from '../../validation/names.ts';

type Fields = Record<string, unknown>;

const ENV_FIELDS = [
  'metadata.name',
  'metadata.namespace',
  'metadata.uid',
  'spec.nodeName',
  'spec.serviceAccountName',
  'status.hostIP',
  'status.hostIPs',
  'status.podIP',
  'status.podIPs',
];
const VOLUME_FIELDS = ['metadata.annotations', 'metadata.labels', 'metadata.name', 'metadata.namespace', 'metadata.uid'];
const RESOURCES = [
  'limits.cpu',
  'limits.ephemeral-storage',
  'limits.memory',
  'requests.cpu',
  'requests.ephemeral-storage',
  'requests.memory',
];

/** fieldRef of the downward API: which fields of the pod an environment variable or a file may show. */
export function validateFieldRef(ref: Fields, path: string, use: 'env' | 'volume'): StatusCause[] {
  const fieldPath = String(ref.fieldPath ?? '');
  if (String(ref.apiVersion ?? '') === '') return [required(`${path}.apiVersion`)];
  if (fieldPath === '') return [required(`${path}.fieldPath`)];
  const subscript = /^metadata\.(labels|annotations)\['(.*)'\]$/.exec(fieldPath);
  if (subscript !== null) {
    const key = subscript[2]!;
    return qualifiedName(subscript[1] === 'annotations' ? key.toLowerCase() : key).map((text) => invalid(path, key, text));
  }
  const allowed = use === 'env' ? ENV_FIELDS : VOLUME_FIELDS;
  if (allowed.includes(fieldPath)) return [];
  if (!ENV_FIELDS.includes(fieldPath) && !VOLUME_FIELDS.includes(fieldPath))
    return [invalid(`${path}.fieldPath`, fieldPath, `error converting fieldPath: field label not supported: ${fieldPath}`)];
  return [notSupported(`${path}.fieldPath`, fieldPath, allowed)];
}

/** A container's resources as a variable or a file. */
export function validateResourceFieldRef(ref: Fields, path: string, use: 'env' | 'volume'): StatusCause[] {
  const resource = String(ref.resource ?? '');
  if (use === 'volume' && String(ref.containerName ?? '') === '') return [required(`${path}.containerName`)];
  if (resource === '') return [required(`${path}.resource`)];
  if (RESOURCES.includes(resource) || /^(limits|requests)\.hugepages-/.test(resource)) return [];
  return [notSupported(`${path}.resource`, resource, RESOURCES)];
}
