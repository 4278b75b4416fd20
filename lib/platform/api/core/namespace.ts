import { ageColumn, column, nameColumn } from '../columns.ts';
import { defineResource } from '../define-resource.ts';
import type { KubeObject } from '../meta.ts';
import type { StatusCause } from '../status-error.ts';
import { invalid } from '../validation/causes.ts';
import { qualifiedName } from '../validation/names.ts';

/** Held by the namespace controller until the content is gone. */
const OWN_FINALIZER = 'kubernetes';
const NAME_LABEL = 'kubernetes.io/metadata.name';

function prepareForCreate(object: KubeObject): void {
  object.status = { phase: 'Active' };
  object.spec ??= {};
  const finalizers: string[] = object.spec.finalizers ?? [];
  object.spec.finalizers = finalizers.includes(OWN_FINALIZER) ? finalizers : [...finalizers, OWN_FINALIZER];
  // A generated name was not there yet when the defaults ran.
  object.metadata.labels = { ...object.metadata.labels, [NAME_LABEL]: object.metadata.name ?? '' };
}

function validateFinalizers(object: KubeObject): StatusCause[] {
  const causes: StatusCause[] = [];
  for (const finalizer of (object.spec?.finalizers ?? []) as string[]) {
    for (const text of qualifiedName(finalizer)) causes.push(invalid('spec.finalizers', finalizer, text));
    if (!finalizer.includes('/') && finalizer !== OWN_FINALIZER)
      causes.push(invalid('spec.finalizers', finalizer, 'name is neither a standard finalizer name nor is it fully qualified'));
  }
  return causes;
}

function validateStatus(object: KubeObject): StatusCause[] {
  const { phase } = object.status ?? {};
  if (object.metadata.deletionTimestamp === undefined)
    return phase === 'Active' ? [] : [invalid('status.phase', phase, "may only be 'Active' if `deletionTimestamp` is empty")];
  return phase === 'Terminating'
    ? []
    : [invalid('status.phase', phase, "may only be 'Terminating' if `deletionTimestamp` is not empty")];
}

export const namespace = defineResource({
  group: '',
  version: 'v1',
  kind: 'Namespace',
  plural: 'namespaces',
  shortNames: ['ns'],
  namespaced: false,
  ownNamespace: true,
  schema: 'io.k8s.api.core.v1.Namespace',
  strategy: {
    nameFormat: 'label',
    prepareForCreate,
    prepareForUpdate: (object, old) => {
      object.spec = { ...object.spec, finalizers: [...(old.spec?.finalizers ?? [])] };
    },
    validate: validateFinalizers,
    prepareForDelete: (object) => {
      object.status = { ...object.status, phase: 'Terminating' };
    },
    isHeld: (object) => (object.spec?.finalizers ?? []).length > 0,
  },
  status: {
    prepareForUpdate: (object, old) => {
      object.spec = old.spec;
    },
    validateUpdate: validateStatus,
  },
  subresources: {
    finalize: {
      kind: 'replace',
      prepareForUpdate: (object, old) => {
        object.status = old.status;
      },
    },
  },
  bootstrap: {
    objects: ['default', 'kube-system', 'kube-public', 'kube-node-lease', 'openshift'].map((name) => ({
      apiVersion: 'v1',
      kind: 'Namespace',
      metadata: { name },
    })),
  },
  selectableFields: { name: (object) => object.metadata.name ?? '', 'status.phase': (object) => object.status?.phase ?? '' },
  columns: [nameColumn, column('Status', (object) => object.status?.phase ?? ''), ageColumn],
  verbs: ['get', 'list', 'watch', 'create', 'update', 'patch', 'delete'],
});
