import { ageColumn, column, nameColumn, wideColumn } from '../columns.ts';
import { defineResource } from '../define-resource.ts';
import type { KubeObject } from '../meta.ts';
import { compareQuantities } from '../quantity.ts';
import type { QuotaAmounts } from '../quota-usage.ts';
import type { StatusCause } from '../status-error.ts';
import { CLAIM_PROTECTION } from '../storage/local-volumes.ts';
import { deepEqual, forbidden } from '../validation/causes.ts';
import { validateClaimSpec } from './claim-validation.ts';
import { accessModesText, storageClassOf } from './volume-access.ts';

type Fields = Record<string, unknown>;

const FORBIDDEN_TEXT =
  'spec is immutable after creation except resources.requests and volumeAttributesClassName for bound claims';

/** What else stays: a claim may be bound once, grow once it is, and be given a class where it had none. */
function validateUpdate({ spec, status }: KubeObject, old: KubeObject): StatusCause[] {
  const bound = old.status?.phase === 'Bound';
  const munged: Fields = { ...spec };
  if (!old.spec.volumeName) restore(munged, old.spec, 'volumeName');
  if (old.spec.storageClassName === undefined && !old.spec.volumeName) restore(munged, old.spec, 'storageClassName');
  if (bound) restore(munged, old.spec, 'volumeAttributesClassName');
  const wanted = spec.resources?.requests?.storage as string | undefined;
  const before = old.spec.resources?.requests?.storage as string | undefined;
  if (bound && wanted !== undefined && before !== undefined)
    munged.resources = { ...spec.resources, requests: { ...spec.resources.requests, storage: before } };
  if (!deepEqual(munged, old.spec)) return [forbidden('spec', FORBIDDEN_TEXT)];
  if (wanted === undefined || before === undefined || compareQuantities(wanted, before) >= 0) return [];
  // A growth that fails may be taken back, as far as the volume has not followed it. A static volume may be larger than was asked for.
  const least = (status?.capacity?.storage ?? before) as string;
  return compareQuantities(wanted, least) <= 0
    ? [forbidden('spec.resources.requests.storage', 'field can not be less than status.capacity')]
    : [];
}

function restore(spec: Fields, old: Fields, field: string): void {
  if (old[field] === undefined) delete spec[field];
  else spec[field] = old[field];
}

const isBound = (object: KubeObject): boolean => Boolean(object.spec?.volumeName);

/** What a claim uses of a quota, in all and of its class (pkg/quota/v1/evaluator/core/persistent_volume_claims.go). */
function quotaAmounts(claim: KubeObject): QuotaAmounts {
  const storage: string = claim.spec?.resources?.requests?.storage ?? '0';
  const used = { persistentvolumeclaims: '1', 'requests.storage': storage };
  const className = storageClassOf(claim);
  if (className === '') return used;
  const prefix = `${className}.storageclass.storage.k8s.io/`;
  return { ...used, [`${prefix}persistentvolumeclaims`]: '1', [`${prefix}requests.storage`]: storage };
}

export const persistentVolumeClaim = defineResource({
  group: '',
  version: 'v1',
  kind: 'PersistentVolumeClaim',
  plural: 'persistentvolumeclaims',
  shortNames: ['pvc'],
  namespaced: true,
  schema: 'io.k8s.api.core.v1.PersistentVolumeClaim',
  quota: { amounts: quotaAmounts },
  strategy: {
    generation: false,
    finalizers: [CLAIM_PROTECTION],
    prepareForCreate: (object) => {
      object.status = { phase: 'Pending' };
    },
    validate: (object) => validateClaimSpec(object.spec, 'spec'),
    validateUpdate,
  },
  status: true,
  columns: [
    nameColumn,
    column('Status', ({ metadata, status }) => (metadata.deletionTimestamp ? 'Terminating' : (status?.phase ?? ''))),
    column('Volume', (object) => object.spec?.volumeName ?? ''),
    column('Capacity', (object) => (isBound(object) ? (object.status?.capacity?.storage ?? '') : '')),
    column('Access Modes', (object) => (isBound(object) ? accessModesText(object.status?.accessModes) : '')),
    column('StorageClass', storageClassOf),
    column('VolumeAttributesClass', (object) => object.spec?.volumeAttributesClassName || '<unset>'),
    ageColumn,
    wideColumn('VolumeMode', (object) => object.spec?.volumeMode ?? '<unset>'),
  ],
});
