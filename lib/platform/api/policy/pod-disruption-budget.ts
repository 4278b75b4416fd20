import { ageColumn, column, countColumn, nameColumn } from '../columns.ts';
import { defineResource } from '../define-resource.ts';
import type { KubeObject } from '../meta.ts';
import { emptyObject } from '../schema/empty-object.ts';
import type { StatusCause } from '../status-error.ts';
import { invalid, notNegative, notSupported } from '../validation/causes.ts';
import { notMoreThan100Percent, validateIntOrPercent } from '../validation/int-or-percent.ts';
import { validateLabelSelector } from '../validation/label-selector-validation.ts';

const POLICIES = ['AlwaysAllow', 'IfHealthyBudget'];

function validate({ spec = {} }: KubeObject): StatusCause[] {
  const causes: StatusCause[] = [];
  if (spec.minAvailable !== undefined && spec.maxUnavailable !== undefined)
    causes.push(invalid('spec', spec, 'minAvailable and maxUnavailable are mutually exclusive'));
  for (const field of ['minAvailable', 'maxUnavailable'])
    causes.push(...validateIntOrPercent(spec[field], `spec.${field}`), ...notMoreThan100Percent(spec[field], `spec.${field}`));
  causes.push(...validateLabelSelector(spec.selector, 'spec.selector'));
  const policy = spec.unhealthyPodEvictionPolicy;
  if (policy !== undefined && !POLICIES.includes(policy))
    causes.push(notSupported('spec.unhealthyPodEvictionPolicy', policy, POLICIES));
  return causes;
}

const COUNTS = ['disruptionsAllowed', 'currentHealthy', 'desiredHealthy', 'expectedPods'];

/** How many pods of a set may be taken away at a time by those who ask (evictions). */
export const podDisruptionBudget = defineResource({
  group: 'policy',
  version: 'v1',
  kind: 'PodDisruptionBudget',
  plural: 'poddisruptionbudgets',
  shortNames: ['pdb'],
  namespaced: true,
  schema: 'io.k8s.api.policy.v1.PodDisruptionBudget',
  strategy: {
    prepareForCreate: (object) => {
      object.status = emptyObject('io.k8s.api.policy.v1.PodDisruptionBudgetStatus');
    },
    validate,
  },
  status: {
    validateUpdate: ({ status = {} }) => COUNTS.flatMap((field) => notNegative(`status.${field}`, status[field])),
  },
  columns: [
    nameColumn,
    column('Min Available', (object) => String(object.spec?.minAvailable ?? 'N/A')),
    column('Max Unavailable', (object) => String(object.spec?.maxUnavailable ?? 'N/A')),
    countColumn('Allowed Disruptions', (object) => object.status?.disruptionsAllowed ?? 0),
    ageColumn,
  ],
});
