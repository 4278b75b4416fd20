import { ageColumn, column, nameColumn, wideColumn } from '../columns.ts';
import { defineResource } from '../define-resource.ts';
import type { KubeObject } from '../meta.ts';
import type { StatusCause } from '../status-error.ts';
import { VOLUME_PROTECTION } from '../storage/local-volumes.ts';
import { deepEqual, forbidden, immutable, invalid, notSupported, required } from '../validation/causes.ts';
import { dns1123Subdomain } from '../validation/names.ts';
import { positiveQuantity } from '../validation/quantity-validation.ts';
import { validateNodeSelector } from './pod/scheduling-validation.ts';
import { volumeSourceOf } from './volume-source.ts';
import { accessModesText, storageClassOf, validateAccessModes } from './volume-access.ts';

type Fields = Record<string, unknown>;

function validate({ spec = {} }: KubeObject): StatusCause[] {
  const policy = spec.persistentVolumeReclaimPolicy;
  const causes = [
    ...((spec.accessModes ?? []).length === 0 ? [required('spec.accessModes')] : []),
    ...validateAccessModes(spec.accessModes ?? [], 'spec.accessModes'),
    ...validateCapacity(spec.capacity ?? {}),
    ...validateSource(spec),
  ];
  if (!['Delete', 'Recycle', 'Retain'].includes(policy))
    causes.push(notSupported('spec.persistentVolumeReclaimPolicy', policy, ['Delete', 'Recycle', 'Retain']));
  if (spec.hostPath?.path === '/' && policy === 'Recycle')
    causes.push(forbidden('spec.persistentVolumeReclaimPolicy', "may not be 'recycle' for a hostPath mount of '/'"));
  if (spec.storageClassName)
    for (const text of dns1123Subdomain(spec.storageClassName))
      causes.push(invalid('spec.storageClassName', spec.storageClassName, text));
  if (!['Block', 'Filesystem'].includes(spec.volumeMode))
    causes.push(notSupported('spec.volumeMode', spec.volumeMode, ['Block', 'Filesystem']));
  return causes;
}

function validateCapacity(capacity: Readonly<Record<string, string>>): StatusCause[] {
  const names = Object.keys(capacity);
  if (names.length === 0) return [required('spec.capacity')];
  if (names.length > 1 || names[0] !== 'storage') return [notSupported('spec.capacity', capacity, ['storage'])];
  return positiveQuantity('spec.capacity[storage]', capacity.storage!);
}

function validateSource(spec: Fields): StatusCause[] {
  const sources = Object.keys(volumeSourceOf(spec));
  if (sources.length === 0) return [required('spec', 'must specify a volume type')];
  const causes = sources.slice(1).map((name) => forbidden(`spec.${name}`, 'may not specify more than 1 volume type'));
  const source = (spec[sources[0]!] ?? {}) as Fields;
  const path = `spec.${sources[0]}`;
  const need = (field: string): void => void (source[field] || causes.push(required(`${path}.${field}`)));
  if (sources[0] === 'hostPath' || sources[0] === 'local') need('path');
  if (
    sources[0] === 'hostPath' &&
    String(source.path ?? '')
      .split('/')
      .includes('..')
  )
    causes.push(invalid(`${path}.path`, source.path, "must not contain '..'"));
  if (sources[0] === 'nfs') {
    need('server');
    need('path');
    if (source.path && !String(source.path).startsWith('/'))
      causes.push(invalid(`${path}.path`, source.path, 'must be an absolute path'));
  }
  if (sources[0] === 'csi') {
    need('driver');
    need('volumeHandle');
  }
  const affinity = (spec.nodeAffinity as { required?: Fields } | undefined)?.required;
  if (spec.nodeAffinity !== undefined && affinity === undefined)
    causes.push(required('spec.nodeAffinity.required', 'must specify required node constraints'));
  if (affinity !== undefined) causes.push(...validateNodeSelector(affinity, 'spec.nodeAffinity.required'));
  if (sources[0] === 'local' && affinity === undefined)
    causes.push(required('spec.nodeAffinity', 'Local volume requires node affinity'));
  return causes;
}

function validateUpdate({ spec }: KubeObject, old: KubeObject): StatusCause[] {
  const causes = deepEqual(volumeSourceOf(spec), volumeSourceOf(old.spec))
    ? []
    : [forbidden('spec.persistentvolumesource', 'spec.persistentvolumesource is immutable after creation')];
  causes.push(...immutable('spec.volumeMode', spec.volumeMode, old.spec.volumeMode));
  if (old.spec.nodeAffinity !== undefined)
    causes.push(...immutable('spec.nodeAffinity', spec.nodeAffinity, old.spec.nodeAffinity));
  return causes;
}

/** pkg/api/persistentvolume GetWarningsForPersistentVolume. */
const warnings = ({ spec }: KubeObject): string[] =>
  spec?.persistentVolumeReclaimPolicy === 'Recycle'
    ? [
        'spec.persistentVolumeReclaimPolicy: The Recycle reclaim policy is deprecated. Instead, the recommended approach is to use dynamic provisioning.',
      ]
    : [];

const claimText = ({ spec }: KubeObject): string =>
  spec?.claimRef === undefined ? '' : `${spec.claimRef.namespace ?? ''}/${spec.claimRef.name ?? ''}`;

export const persistentVolume = defineResource({
  group: '',
  version: 'v1',
  kind: 'PersistentVolume',
  plural: 'persistentvolumes',
  shortNames: ['pv'],
  namespaced: false,
  schema: 'io.k8s.api.core.v1.PersistentVolume',
  strategy: {
    generation: false,
    finalizers: [VOLUME_PROTECTION],
    prepareForCreate: (object, { now }) => {
      object.status = { phase: 'Pending', lastPhaseTransitionTime: now };
    },
    validate,
    warnings,
    validateUpdate,
  },
  status: {
    prepareForUpdate: (object, old, now) => {
      object.status ??= {};
      if (object.status.phase !== old.status?.phase) object.status.lastPhaseTransitionTime = now;
    },
  },
  columns: [
    nameColumn,
    column('Capacity', (object) => object.spec?.capacity?.storage ?? ''),
    column('Access Modes', (object) => accessModesText(object.spec?.accessModes)),
    column('Reclaim Policy', (object) => object.spec?.persistentVolumeReclaimPolicy ?? ''),
    column('Status', ({ metadata, status }) => (metadata.deletionTimestamp ? 'Terminating' : (status?.phase ?? ''))),
    column('Claim', claimText),
    column('StorageClass', storageClassOf),
    column('VolumeAttributesClass', (object) => object.spec?.volumeAttributesClassName || '<unset>'),
    column('Reason', (object) => object.status?.reason ?? ''),
    ageColumn,
    wideColumn('VolumeMode', (object) => object.spec?.volumeMode ?? '<unset>'),
  ],
});
