import { replicaColumns } from '../core/pod/replica-columns.ts';
import { replicaScale } from '../subresources/replica-scale.ts';
import { defineResource } from '../define-resource.ts';
import type { KubeObject } from '../meta.ts';
import { emptyObject } from '../schema/empty-object.ts';
import { labelSelectorCell, labelSelectorText } from '../selectors/label-selector-text.ts';
import type { StatusCause } from '../status-error.ts';
import { notNegative } from '../validation/causes.ts';
import { immutableSelector } from '../validation/immutable-selector.ts';
import {
  notNegativeCounts,
  selectorMatchesTemplate,
  validateLastingTemplate,
  validateSelector,
  withinReplicas,
} from './workload-validation.ts';

const validate = ({ spec = {} }: KubeObject): StatusCause[] => [
  ...notNegative('spec.replicas', spec.replicas),
  ...notNegative('spec.minReadySeconds', spec.minReadySeconds),
  // The text says deployment in Kubernetes too.
  ...validateSelector(spec.selector, 'deployment'),
  ...selectorMatchesTemplate(spec.selector, spec.template),
  ...validateLastingTemplate(spec.template, 'ReplicaSet'),
];

const validateStatus = ({ status = {} }: KubeObject): StatusCause[] => [
  ...notNegativeCounts(status, ['replicas', 'fullyLabeledReplicas', 'readyReplicas', 'availableReplicas', 'observedGeneration']),
  ...withinReplicas(status, ['fullyLabeledReplicas', 'readyReplicas', 'availableReplicas']),
];

export const replicaSet = defineResource({
  group: 'apps',
  version: 'v1',
  kind: 'ReplicaSet',
  plural: 'replicasets',
  shortNames: ['rs'],
  categories: ['all'],
  namespaced: true,
  schema: 'io.k8s.api.apps.v1.ReplicaSet',
  strategy: {
    prepareForCreate: (object) => {
      object.status = emptyObject('io.k8s.api.apps.v1.ReplicaSetStatus');
    },
    validate,
    validateUpdate: (object, old) => immutableSelector('spec.selector', object.spec.selector, old.spec.selector),
  },
  status: { validateUpdate: validateStatus },
  scale: replicaScale((object) => labelSelectorText(object.spec?.selector)),
  selectableFields: { 'status.replicas': (object) => String(object.status?.replicas ?? 0) },
  columns: replicaColumns((object) => labelSelectorCell(object.spec?.selector)),
});
