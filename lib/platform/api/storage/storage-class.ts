import { ageColumn, column, nameColumn } from '../columns.ts';
import { defineResource } from '../define-resource.ts';
import type { KubeObject } from '../meta.ts';
import type { StatusCause } from '../status-error.ts';
import { deepEqual, duplicate, forbidden, immutable, invalid, notSupported, required, tooLong } from '../validation/causes.ts';
import { qualifiedName } from '../validation/names.ts';
import { LOCAL_PROVISIONER } from './local-volumes.ts';

const MAX_PARAMETERS = 512;
const MAX_PARAMETER_BYTES = 256 * 1024;
const DEFAULT_ANNOTATIONS = ['storageclass.kubernetes.io/is-default-class', 'storageclass.beta.kubernetes.io/is-default-class'];

/** Whether claims that name no class get this one. */
export const isDefaultStorageClass = ({ metadata }: KubeObject): boolean =>
  DEFAULT_ANNOTATIONS.some((name) => metadata.annotations?.[name] === 'true');

function validate(object: KubeObject): StatusCause[] {
  const provisioner = String(object.provisioner ?? '');
  const causes =
    provisioner === ''
      ? [required('provisioner')]
      : qualifiedName(provisioner.toLowerCase()).map((text) => invalid('provisioner', provisioner, text));
  causes.push(...validateParameters(object.parameters ?? {}));
  if (!['Delete', 'Retain'].includes(object.reclaimPolicy))
    causes.push(notSupported('reclaimPolicy', object.reclaimPolicy, ['Delete', 'Retain']));
  if (!['Immediate', 'WaitForFirstConsumer'].includes(object.volumeBindingMode))
    causes.push(notSupported('volumeBindingMode', object.volumeBindingMode, ['Immediate', 'WaitForFirstConsumer']));
  for (const [i, { matchLabelExpressions = [] }] of (object.allowedTopologies ?? []).entries())
    causes.push(...validateTopology(matchLabelExpressions, `allowedTopologies[${i}].matchLabelExpressions`));
  return causes;
}

function validateParameters(parameters: Readonly<Record<string, string>>): StatusCause[] {
  const entries = Object.entries(parameters);
  if (entries.length > MAX_PARAMETERS) return [tooLong('parameters', MAX_PARAMETERS)];
  const causes = entries.filter(([key]) => key === '').map(([key]) => invalid('parameters', key, 'field can not be empty.'));
  const bytes = entries.reduce((sum, [key, value]) => sum + Buffer.byteLength(key) + Buffer.byteLength(value), 0);
  return bytes > MAX_PARAMETER_BYTES ? [...causes, tooLong('parameters', MAX_PARAMETER_BYTES)] : causes;
}

function validateTopology(terms: readonly { key?: string; values?: readonly string[] }[], path: string): StatusCause[] {
  const seen = new Set<string>();
  return terms.flatMap(({ key = '', values = [] }, i) => {
    const causes = qualifiedName(key).map((text) => invalid(`${path}[${i}].key`, key, text));
    if (values.length === 0) causes.push(required(`${path}[${i}].values`));
    if (seen.has(key)) causes.push(duplicate(`${path}[${i}].key`, key));
    seen.add(key);
    return causes;
  });
}

function validateUpdate(object: KubeObject, old: KubeObject): StatusCause[] {
  const causes = ['parameters', 'provisioner', 'reclaimPolicy']
    .filter((field) => !deepEqual(object[field], old[field]))
    .map((field) => forbidden(field, `updates to ${field} are forbidden.`));
  return [...causes, ...immutable('volumeBindingMode', object.volumeBindingMode, old.volumeBindingMode)];
}

/** What claims that name no class get on a new cluster: folders of the node that the pod is on. */
const localClass: KubeObject = {
  apiVersion: 'storage.k8s.io/v1',
  kind: 'StorageClass',
  metadata: { name: 'local', annotations: { [DEFAULT_ANNOTATIONS[0]!]: 'true' } },
  provisioner: LOCAL_PROVISIONER,
  reclaimPolicy: 'Delete',
  volumeBindingMode: 'WaitForFirstConsumer',
  allowVolumeExpansion: true,
};

export const storageClass = defineResource({
  group: 'storage.k8s.io',
  version: 'v1',
  kind: 'StorageClass',
  plural: 'storageclasses',
  shortNames: ['sc'],
  namespaced: false,
  schema: 'io.k8s.api.storage.v1.StorageClass',
  strategy: { validate, validateUpdate },
  bootstrap: { objects: [localClass] },
  columns: [
    { ...nameColumn, cell: (object) => `${object.metadata.name ?? ''}${isDefaultStorageClass(object) ? ' (default)' : ''}` },
    column('Provisioner', (object) => object.provisioner ?? ''),
    column('ReclaimPolicy', (object) => object.reclaimPolicy ?? 'Delete'),
    column('VolumeBindingMode', (object) => object.volumeBindingMode ?? '<unset>'),
    column('AllowVolumeExpansion', (object) => String(object.allowVolumeExpansion ?? false)),
    ageColumn,
  ],
});
