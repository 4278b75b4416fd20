import { ageColumn, column, countColumn, nameColumn, wideColumn } from '../columns.ts';
import { templateColumns } from '../core/pod/template-columns.ts';
import { defineResource } from '../define-resource.ts';
import type { KubeObject } from '../meta.ts';
import { emptyObject } from '../schema/empty-object.ts';
import { labelSelectorCell, labelSetCell } from '../selectors/label-selector-text.ts';
import type { StatusCause } from '../status-error.ts';
import { deepEqual, invalid, notNegative, notSupported, required } from '../validation/causes.ts';
import { immutableSelector } from '../validation/immutable-selector.ts';
import { intOrPercentValue, notMoreThan100Percent, validateIntOrPercent } from '../validation/int-or-percent.ts';
import { validateLabelSelector, isEmptySelector } from '../validation/label-selector-validation.ts';
import { collisionsKept, notNegativeCounts, selectorMatchesTemplate, validateLastingTemplate } from './workload-validation.ts';

/** Counts the changes of the template: a field of the oldest version of the kind, which lives on as an annotation. */
const TEMPLATE_GENERATION = 'deprecated.daemonset.template.generation';

function setTemplateGeneration(object: KubeObject, generation: number): void {
  object.metadata.annotations = { ...object.metadata.annotations, [TEMPLATE_GENERATION]: String(generation) };
}

const templateGeneration = ({ metadata }: KubeObject): number =>
  Math.max(1, Math.trunc(Number(metadata.annotations?.[TEMPLATE_GENERATION] ?? 1)) || 1);

function validate({ spec = {} }: KubeObject): StatusCause[] {
  const { selector, template } = spec;
  const causes = selector === undefined ? [required('spec.selector')] : validateLabelSelector(selector, 'spec.selector');
  causes.push(...selectorMatchesTemplate(selector, template));
  if (selector !== undefined && isEmptySelector(selector))
    causes.push(invalid('spec.selector', selector, 'empty selector is invalid for daemonset'));
  return [
    ...causes,
    ...validateLastingTemplate(template, 'DaemonSet'),
    ...notNegative('spec.minReadySeconds', spec.minReadySeconds),
    ...validateUpdateStrategy(spec.updateStrategy ?? {}),
    ...notNegative('spec.revisionHistoryLimit', spec.revisionHistoryLimit),
  ];
}

function validateUpdateStrategy(strategy: { type?: string; rollingUpdate?: Record<string, unknown> }): StatusCause[] {
  const path = 'spec.updateStrategy';
  if (strategy.type === 'OnDelete') return [];
  if (strategy.type !== 'RollingUpdate') return [notSupported(path, strategy.type, ['RollingUpdate', 'OnDelete'])];
  const at = `${path}.rollingUpdate`;
  if (strategy.rollingUpdate === undefined) return [required(at)];
  const { maxUnavailable, maxSurge } = strategy.rollingUpdate;
  const causes = [
    ...validateIntOrPercent(maxUnavailable, `${at}.maxUnavailable`),
    ...validateIntOrPercent(maxSurge, `${at}.maxSurge`),
    ...notMoreThan100Percent(maxUnavailable, `${at}.maxUnavailable`),
    ...notMoreThan100Percent(maxSurge, `${at}.maxSurge`),
  ];
  const [unavailable, surge] = [intOrPercentValue(maxUnavailable) !== 0, intOrPercentValue(maxSurge) !== 0];
  if (unavailable && surge) causes.push(invalid(`${at}.maxSurge`, maxSurge, 'may not be set when maxUnavailable is non-zero'));
  if (!unavailable && !surge) causes.push(required(`${at}.maxUnavailable`, 'cannot be 0 when maxSurge is 0'));
  return causes;
}

const COUNTS = [
  'currentNumberScheduled',
  'numberMisscheduled',
  'desiredNumberScheduled',
  'numberReady',
  'observedGeneration',
  'updatedNumberScheduled',
  'numberAvailable',
  'numberUnavailable',
  'collisionCount',
];

const count = (name: string, field: string) => countColumn(name, (object) => object.status?.[field] ?? 0);

export const daemonSet = defineResource({
  group: 'apps',
  version: 'v1',
  kind: 'DaemonSet',
  plural: 'daemonsets',
  shortNames: ['ds'],
  categories: ['all'],
  namespaced: true,
  schema: 'io.k8s.api.apps.v1.DaemonSet',
  strategy: {
    prepareForCreate: (object) => {
      object.status = emptyObject('io.k8s.api.apps.v1.DaemonSetStatus');
      setTemplateGeneration(object, templateGeneration(object));
    },
    prepareForUpdate: (object, old) => {
      const changed = !deepEqual(object.spec?.template, old.spec?.template);
      setTemplateGeneration(object, templateGeneration(old) + (changed ? 1 : 0));
    },
    validate,
    validateUpdate: (object, old) => immutableSelector('spec.selector', object.spec.selector, old.spec.selector),
  },
  status: {
    validateUpdate: ({ status = {} }, old) => [...notNegativeCounts(status, COUNTS), ...collisionsKept(status, old.status ?? {})],
  },
  columns: [
    nameColumn,
    count('Desired', 'desiredNumberScheduled'),
    count('Current', 'currentNumberScheduled'),
    count('Ready', 'numberReady'),
    count('Up-to-date', 'updatedNumberScheduled'),
    count('Available', 'numberAvailable'),
    column('Node Selector', (object) => labelSetCell(object.spec?.template?.spec?.nodeSelector)),
    ageColumn,
    ...templateColumns((object) => object.spec?.template),
    wideColumn('Selector', (object) => labelSelectorCell(object.spec?.selector)),
  ],
});
