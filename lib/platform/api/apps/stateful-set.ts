import { ageColumn, column, nameColumn } from '../columns.ts';
import { templateColumns } from '../core/pod/template-columns.ts';
import { replicaScale } from '../subresources/replica-scale.ts';
import { defineResource } from '../define-resource.ts';
import type { KubeObject } from '../meta.ts';
import { emptyObject } from '../schema/empty-object.ts';
import { labelSelectorText } from '../selectors/label-selector-text.ts';
import type { StatusCause } from '../status-error.ts';
import { deepEqual, forbidden, invalid, notNegative, notSupported, required } from '../validation/causes.ts';
import { intOrPercentValue, notMoreThan100Percent, validateIntOrPercent } from '../validation/int-or-percent.ts';
import { validateFreeMetadata } from '../validation/object-meta.ts';
import {
  collisionsKept,
  notNegativeCounts,
  selectorMatchesTemplate,
  validateLasting,
  validateSelector,
  withinReplicas,
} from './workload-validation.ts';

type Fields = Record<string, unknown>;

function validate({ spec = {} }: KubeObject): StatusCause[] {
  const { podManagementPolicy: policy } = spec;
  const causes: StatusCause[] = [];
  if (!policy) causes.push(required('spec.podManagementPolicy'));
  else if (policy !== 'OrderedReady' && policy !== 'Parallel')
    causes.push(invalid('spec.podManagementPolicy', policy, "must be 'OrderedReady' or 'Parallel'"));
  causes.push(
    ...validateUpdateStrategy(spec.updateStrategy ?? {}),
    ...validateRetention(spec.persistentVolumeClaimRetentionPolicy),
    ...notNegative('spec.replicas', spec.replicas),
    ...notNegative('spec.minReadySeconds', spec.minReadySeconds),
    ...notNegative('spec.ordinals.start', spec.ordinals?.start),
    ...validateSelector(spec.selector, 'statefulset'),
    ...selectorMatchesTemplate(spec.selector, spec.template),
    // The pods' spec is judged when pods are made of it: its mounts may name claims that are made with them.
    ...validateFreeMetadata(spec.template?.metadata ?? {}, 'spec.template'),
    ...validateLasting(spec.template, 'StatefulSet'),
  );
  return causes;
}

function validateUpdateStrategy(strategy: { type?: string; rollingUpdate?: Fields }): StatusCause[] {
  const { type, rollingUpdate } = strategy;
  const path = 'spec.updateStrategy';
  if (!type) return [required(path)];
  if (type === 'OnDelete')
    return rollingUpdate === undefined
      ? []
      : [invalid(`${path}.rollingUpdate`, rollingUpdate, "only allowed for updateStrategy 'RollingUpdate'")];
  if (type !== 'RollingUpdate') return [invalid(path, strategy, "must be 'RollingUpdate' or 'OnDelete'")];
  const { partition, maxUnavailable } = rollingUpdate ?? {};
  const at = `${path}.rollingUpdate.maxUnavailable`;
  const causes = notNegative(`${path}.rollingUpdate.partition`, partition);
  if (maxUnavailable === undefined) return causes;
  causes.push(...validateIntOrPercent(maxUnavailable, at));
  if (intOrPercentValue(maxUnavailable) === 0) causes.push(invalid(at, maxUnavailable, 'cannot be 0'));
  return [...causes, ...notMoreThan100Percent(maxUnavailable, at)];
}

function validateRetention(policy: Fields | undefined): StatusCause[] {
  if (policy === undefined) return [];
  return ['whenDeleted', 'whenScaled']
    .filter((field) => policy[field] !== 'Retain' && policy[field] !== 'Delete')
    .map((field) => notSupported(`spec.persistentVolumeClaimRetentionPolicy.${field}`, policy[field], ['Retain', 'Delete']));
}

const CHANGEABLE = [
  'replicas',
  'ordinals',
  'template',
  'updateStrategy',
  'persistentVolumeClaimRetentionPolicy',
  'minReadySeconds',
];
const FORBIDDEN_TEXT =
  "updates to statefulset spec for fields other than 'replicas', 'ordinals', 'template', 'updateStrategy', 'persistentVolumeClaimRetentionPolicy' and 'minReadySeconds' are forbidden";

function validateUpdate({ spec }: KubeObject, old: KubeObject): StatusCause[] {
  const fixed = (of: Fields): Fields => Object.fromEntries(Object.entries(of).filter(([key]) => !CHANGEABLE.includes(key)));
  return deepEqual(fixed(spec), fixed(old.spec)) ? [] : [forbidden('spec', FORBIDDEN_TEXT)];
}

function validateStatus({ status = {} }: KubeObject, old: KubeObject): StatusCause[] {
  const replicas = ['readyReplicas', 'currentReplicas', 'updatedReplicas', 'availableReplicas'];
  return [
    ...notNegativeCounts(status, ['replicas', ...replicas, 'observedGeneration', 'collisionCount']),
    ...withinReplicas(status, replicas, 'status.readyReplicas'),
    ...collisionsKept(status, old.status ?? {}),
  ];
}

export const statefulSet = defineResource({
  group: 'apps',
  version: 'v1',
  kind: 'StatefulSet',
  plural: 'statefulsets',
  shortNames: ['sts'],
  categories: ['all'],
  namespaced: true,
  schema: 'io.k8s.api.apps.v1.StatefulSet',
  strategy: {
    // Pods get the name with a number behind it as their host name.
    nameFormat: 'label',
    defaults: ({ spec }) => {
      for (const claim of (spec?.volumeClaimTemplates ?? []) as KubeObject[])
        Object.assign(claim, { apiVersion: 'v1', kind: 'PersistentVolumeClaim' });
    },
    prepareForCreate: (object) => {
      object.status = emptyObject('io.k8s.api.apps.v1.StatefulSetStatus');
    },
    validate,
    validateUpdate,
  },
  status: { validateUpdate: validateStatus },
  scale: replicaScale((object) => labelSelectorText(object.spec?.selector)),
  columns: [
    nameColumn,
    column('Ready', ({ spec, status }) => `${status?.readyReplicas ?? 0}/${spec?.replicas ?? 0}`),
    ageColumn,
    ...templateColumns((object) => object.spec?.template),
  ],
});
