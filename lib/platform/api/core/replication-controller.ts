import { replicaColumns } from './pod/replica-columns.ts';
import { replicaScale } from '../subresources/replica-scale.ts';
import { defineResource } from '../define-resource.ts';
import type { KubeObject } from '../meta.ts';
import { labelSetMatcher, labelSetText } from '../selectors/label-selector.ts';
import type { StatusCause } from '../status-error.ts';
import { forbidden, invalid, notNegative, notSupported, required } from '../validation/causes.ts';
import { validatePodTemplate } from './pod/pod-validation.ts';

function validate(object: KubeObject): StatusCause[] {
  const spec = object.spec ?? {};
  const causes = [...notNegative('spec.minReadySeconds', spec.minReadySeconds), ...notNegative('spec.replicas', spec.replicas)];
  const hasSelector = Object.keys(spec.selector ?? {}).length > 0;
  if (!hasSelector) causes.unshift(required('spec.selector'));
  if (spec.template === undefined) return [...causes, required('spec.template')];
  const labels = spec.template.metadata?.labels;
  if (hasSelector && !labelSetMatcher(spec.selector)(labels))
    causes.push(invalid('spec.template.metadata.labels', labels ?? {}, '`selector` does not match template `labels`'));
  causes.push(...validatePodTemplate(spec.template, 'spec.template'));
  const { restartPolicy, activeDeadlineSeconds } = spec.template.spec ?? {};
  if (restartPolicy !== 'Always') causes.push(notSupported('spec.template.spec.restartPolicy', restartPolicy, ['Always']));
  if (activeDeadlineSeconds !== undefined)
    causes.push(
      forbidden('spec.template.spec.activeDeadlineSeconds', 'activeDeadlineSeconds in ReplicationController is not Supported'),
    );
  return causes;
}

function validateStatus(object: KubeObject): StatusCause[] {
  const status = object.status ?? {};
  const causes: StatusCause[] = [];
  for (const field of ['replicas', 'fullyLabeledReplicas', 'readyReplicas', 'availableReplicas', 'observedGeneration'])
    causes.push(...notNegative(`status.${field}`, status[field]));
  for (const field of ['fullyLabeledReplicas', 'readyReplicas', 'availableReplicas'])
    if ((status[field] ?? 0) > (status.replicas ?? 0))
      causes.push(invalid(`status.${field}`, status[field], 'cannot be greater than status.replicas'));
  if ((status.availableReplicas ?? 0) > (status.readyReplicas ?? 0))
    causes.push(invalid('status.availableReplicas', status.availableReplicas, 'cannot be greater than readyReplicas'));
  return causes;
}

export const replicationController = defineResource({
  group: '',
  version: 'v1',
  kind: 'ReplicationController',
  plural: 'replicationcontrollers',
  shortNames: ['rc'],
  categories: ['all'],
  namespaced: true,
  schema: 'io.k8s.api.core.v1.ReplicationController',
  strategy: {
    prepareForCreate: (object) => {
      object.status = { replicas: 0 };
    },
    validate,
  },
  status: {
    prepareForUpdate: (object, old) => {
      object.spec = old.spec;
    },
    validateUpdate: validateStatus,
  },
  scale: replicaScale((object) => labelSetText(object.spec?.selector)),
  selectableFields: { 'status.replicas': (object) => String(object.status?.replicas ?? 0) },
  columns: replicaColumns((object) => labelSetText(object.spec?.selector)),
});
