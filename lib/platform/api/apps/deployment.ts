import { ageColumn, column, countColumn, nameColumn, wideColumn } from '../columns.ts';
import { templateColumns } from '../core/pod/template-columns.ts';
import { replicaScale } from '../subresources/replica-scale.ts';
import { defineResource } from '../define-resource.ts';
import type { KubeObject } from '../meta.ts';
import { emptyObject } from '../schema/empty-object.ts';
import { labelSelectorCell, labelSelectorText } from '../selectors/label-selector-text.ts';
import type { StatusCause } from '../status-error.ts';
import { forbidden, invalid, notNegative, notSupported } from '../validation/causes.ts';
import { immutableSelector } from '../validation/immutable-selector.ts';
import { intOrPercentValue, notMoreThan100Percent, validateIntOrPercent } from '../validation/int-or-percent.ts';
import {
  collisionsKept,
  notNegativeCounts,
  selectorMatchesTemplate,
  validateLastingTemplate,
  validateSelector,
  withinReplicas,
} from './workload-validation.ts';

function validate({ spec = {} }: KubeObject): StatusCause[] {
  const { progressDeadlineSeconds: deadline, minReadySeconds } = spec;
  const causes = [
    ...notNegative('spec.replicas', spec.replicas),
    ...validateSelector(spec.selector, 'deployment'),
    ...selectorMatchesTemplate(spec.selector, spec.template),
    // Kubernetes' own text names the replica set that will be made.
    ...validateLastingTemplate(spec.template, 'ReplicaSet'),
    ...validateStrategy(spec.strategy ?? {}),
    ...notNegative('spec.minReadySeconds', minReadySeconds),
    ...notNegative('spec.revisionHistoryLimit', spec.revisionHistoryLimit),
    ...notNegative('spec.progressDeadlineSeconds', deadline),
  ];
  if (deadline !== undefined && deadline <= (minReadySeconds ?? 0))
    causes.push(invalid('spec.progressDeadlineSeconds', deadline, 'must be greater than minReadySeconds'));
  return causes;
}

function validateStrategy(strategy: { type?: string; rollingUpdate?: Record<string, unknown> }): StatusCause[] {
  const { type, rollingUpdate = {} } = strategy;
  const path = 'spec.strategy';
  if (type === 'Recreate')
    return strategy.rollingUpdate === undefined
      ? []
      : [forbidden(`${path}.rollingUpdate`, "may not be specified when strategy `type` is 'Recreate'")];
  if (type !== 'RollingUpdate') return [notSupported(path, type, ['Recreate', 'RollingUpdate'])];
  const { maxUnavailable, maxSurge } = rollingUpdate;
  const at = `${path}.rollingUpdate`;
  const causes = [
    ...validateIntOrPercent(maxUnavailable, `${at}.maxUnavailable`),
    ...validateIntOrPercent(maxSurge, `${at}.maxSurge`),
  ];
  if (intOrPercentValue(maxUnavailable) === 0 && intOrPercentValue(maxSurge) === 0)
    causes.push(invalid(`${at}.maxUnavailable`, maxUnavailable, 'may not be 0 when `maxSurge` is 0'));
  return [...causes, ...notMoreThan100Percent(maxUnavailable, `${at}.maxUnavailable`)];
}

const COUNTS = [
  'observedGeneration',
  'replicas',
  'updatedReplicas',
  'readyReplicas',
  'availableReplicas',
  'unavailableReplicas',
  'collisionCount',
];

function validateStatus({ status = {} }: KubeObject, old: KubeObject): StatusCause[] {
  return [
    ...notNegativeCounts(status, COUNTS),
    ...withinReplicas(status, ['updatedReplicas', 'readyReplicas', 'availableReplicas']),
    ...collisionsKept(status, old.status ?? {}),
  ];
}

export const deployment = defineResource({
  group: 'apps',
  version: 'v1',
  kind: 'Deployment',
  plural: 'deployments',
  shortNames: ['deploy'],
  categories: ['all'],
  namespaced: true,
  schema: 'io.k8s.api.apps.v1.Deployment',
  strategy: {
    prepareForCreate: (object) => {
      object.status = emptyObject('io.k8s.api.apps.v1.DeploymentStatus');
    },
    // A rollout's cause is an annotation.
    generationCounts: ({ spec, metadata }) => ({ spec, annotations: metadata.annotations }),
    validate,
    validateUpdate: (object, old) => immutableSelector('spec.selector', object.spec.selector, old.spec.selector),
  },
  status: {
    prepareForUpdate: (object, old) => {
      if (old.metadata.labels === undefined) delete object.metadata.labels;
      else object.metadata.labels = { ...old.metadata.labels };
    },
    validateUpdate: validateStatus,
  },
  scale: replicaScale((object) => labelSelectorText(object.spec?.selector)),
  columns: [
    nameColumn,
    column('Ready', ({ spec, status }) => `${status?.readyReplicas ?? 0}/${spec?.replicas ?? 0}`),
    countColumn('Up-to-date', (object) => object.status?.updatedReplicas ?? 0),
    countColumn('Available', (object) => object.status?.availableReplicas ?? 0),
    ageColumn,
    ...templateColumns((object) => object.spec?.template),
    wideColumn('Selector', (object) => labelSelectorCell(object.spec?.selector)),
  ],
});
