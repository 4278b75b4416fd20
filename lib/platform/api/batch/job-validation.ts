import { validatePodTemplate } from '../core/pod/pod-validation.ts';
import type { KubeObject } from '../meta.ts';
import { labelSelectorMatcher } from '../selectors/label-selector.ts';
import type { StatusCause } from '../status-error.ts';
import { deepEqual, immutable, invalid, notNegative, notSupported, required } from '../validation/causes.ts';
import { validateLabelSelector } from '../validation/label-selector-validation.ts';
import { dns1123Label } from '../validation/names.ts';
import { jobLabels } from './job-labels.ts';
import { validateFailurePolicy, validateSuccessPolicy } from './job-policy-validation.ts';

type Fields = Record<string, unknown>;

const MAX_INDEXED_PARALLELISM = 100_000;
const COUNTS = [
  'parallelism',
  'completions',
  'activeDeadlineSeconds',
  'backoffLimit',
  'ttlSecondsAfterFinished',
  'backoffLimitPerIndex',
  'maxFailedIndexes',
];

/** A job (Kubernetes: pkg/apis/batch/validation ValidateJob). */
export function validateJob(job: KubeObject): StatusCause[] {
  const { spec = {}, metadata } = job;
  const causes = [...validateGeneratedSelector(job), ...validateJobSpec(spec, 'spec')];
  if (spec.selector === undefined) causes.push(required('spec.selector'));
  else {
    const bad = validateLabelSelector(spec.selector, 'spec.selector');
    const labels = spec.template?.metadata?.labels;
    causes.push(...bad);
    if (bad.length === 0 && !labelSelectorMatcher(spec.selector)(labels))
      causes.push(invalid('spec.template.metadata.labels', labels ?? {}, '`selector` does not match template `labels`'));
  }
  if (spec.completionMode === 'Indexed' && spec.completions > 0) {
    const hostname = `${metadata.name}-${spec.completions - 1}`;
    if (dns1123Label(hostname).length > 0)
      causes.push(invalid('metadata.name', metadata.name, `will not able to create pod with invalid DNS label: ${hostname}`));
  }
  return causes;
}

/** Labels and selector that the server makes must still be what it made of them. */
function validateGeneratedSelector({ metadata, spec = {} }: KubeObject): StatusCause[] {
  if (spec.manualSelector === true || spec.selector === undefined) return [];
  const labels = (spec.template?.metadata?.labels ?? {}) as Record<string, string>;
  const expected = jobLabels(metadata);
  const causes: StatusCause[] = [];
  for (const [key, value] of Object.entries(expected)) {
    if (labels[key] === undefined) causes.push(required(`spec.template.metadata.labels[${key}]`, `must be '${value}'`));
    else if (labels[key] !== value) causes.push(invalid(`spec.template.metadata.labels[${key}]`, labels, `must be '${value}'`));
  }
  if (validateLabelSelector(spec.selector, '').length === 0 && !labelSelectorMatcher(spec.selector)(expected))
    causes.push(invalid('spec.selector', spec.selector, '`selector` not auto-generated'));
  return causes;
}

/** A job's spec, where it stands by itself or in a cron job's template. */
export function validateJobSpec(spec: Fields, path: string): StatusCause[] {
  const causes = COUNTS.flatMap((field) => notNegative(`${path}.${field}`, spec[field]));
  if (spec.maxFailedIndexes !== undefined && spec.backoffLimitPerIndex === undefined)
    causes.push(required(`${path}.backoffLimitPerIndex`, 'when maxFailedIndexes is specified'));
  causes.push(...validateCompletionMode(spec, path));
  if (spec.podFailurePolicy !== undefined) causes.push(...validateFailurePolicy(spec, `${path}.podFailurePolicy`));
  if (spec.successPolicy !== undefined) causes.push(...validateSuccessPolicy(spec, `${path}.successPolicy`));
  const replacement = spec.podReplacementPolicy;
  const replacements = spec.podFailurePolicy === undefined ? ['Failed', 'TerminatingOrFailed'] : ['Failed'];
  if (replacement !== undefined && !replacements.includes(replacement as string))
    causes.push(notSupported(`${path}.podReplacementPolicy`, replacement, replacements));
  const template = (spec.template ?? {}) as KubeObject;
  return [
    ...causes,
    ...validatePodTemplate(template, `${path}.template`),
    ...validateRestartPolicy(template.spec?.restartPolicy, spec.podFailurePolicy !== undefined, `${path}.template.spec`),
  ];
}

function validateCompletionMode(spec: Fields, path: string): StatusCause[] {
  const { completionMode: mode, completions, parallelism, backoffLimitPerIndex, maxFailedIndexes } = spec;
  const causes: StatusCause[] = [];
  if (mode !== undefined && mode !== 'NonIndexed' && mode !== 'Indexed')
    causes.push(notSupported(`${path}.completionMode`, mode, ['NonIndexed', 'Indexed']));
  if (mode === 'Indexed') {
    if (completions === undefined) causes.push(required(`${path}.completions`, 'when completion mode is Indexed'));
    if (Number(parallelism ?? 0) > MAX_INDEXED_PARALLELISM)
      causes.push(
        invalid(
          `${path}.parallelism`,
          parallelism,
          `must be less than or equal to ${MAX_INDEXED_PARALLELISM} when completion mode is Indexed`,
        ),
      );
    if (completions !== undefined && Number(maxFailedIndexes ?? 0) > Number(completions))
      causes.push(invalid(`${path}.maxFailedIndexes`, maxFailedIndexes, 'must be less than or equal to completions'));
    return causes;
  }
  for (const [field, value] of Object.entries({ backoffLimitPerIndex, maxFailedIndexes }))
    if (value !== undefined) causes.push(invalid(`${path}.${field}`, value, 'requires indexed completion mode'));
  return causes;
}

function validateRestartPolicy(policy: unknown, hasFailurePolicy: boolean, path: string): StatusCause[] {
  if (policy === undefined || policy === '' || policy === 'Always')
    return [required(`${path}.restartPolicy`, 'valid values: "OnFailure", "Never"')];
  if (policy !== 'OnFailure' && policy !== 'Never')
    return [notSupported(`${path}.restartPolicy`, policy, ['OnFailure', 'Never'])];
  return hasFailurePolicy && policy !== 'Never'
    ? [invalid(`${path}.restartPolicy`, policy, 'only "Never" is supported when podFailurePolicy is specified')]
    : [];
}

const FIXED = ['selector', 'completionMode', 'podFailurePolicy', 'backoffLimitPerIndex', 'managedBy', 'successPolicy'];

/** What stays as it was made. A suspended job that has not started may still be sent elsewhere. */
export function validateJobUpdate({ spec }: KubeObject, old: KubeObject): StatusCause[] {
  const movable = old.spec.suspend === true && old.status?.startTime === undefined;
  const template = movable ? scheduledAs(old.spec.template, spec.template) : old.spec.template;
  return [
    ...validateCompletions(spec, old.spec),
    ...immutable('spec.template', spec.template, template),
    ...FIXED.flatMap((field) => immutable(`spec.${field}`, spec[field], old.spec[field])),
  ];
}

function validateCompletions(spec: Fields, old: Fields): StatusCause[] {
  if (spec.completionMode !== 'Indexed') return immutable('spec.completions', spec.completions, old.completions);
  if (deepEqual(spec.completions, old.completions) || spec.completions === undefined) return [];
  return spec.completions === spec.parallelism
    ? []
    : [invalid('spec.completions', spec.completions, 'can only be modified in tandem with spec.parallelism')];
}

/** The old template with the new one's directions for the scheduler. */
function scheduledAs(old: KubeObject, template: KubeObject): object {
  const { nodeSelector, tolerations, schedulingGates, affinity } = template.spec ?? {};
  const nodeAffinity = affinity?.nodeAffinity;
  const others = old.spec?.affinity;
  const { labels, annotations } = template.metadata ?? {};
  return {
    ...old,
    metadata: { ...old.metadata, labels, annotations },
    spec: {
      ...old.spec,
      nodeSelector,
      tolerations,
      schedulingGates,
      affinity: others === undefined && affinity === undefined ? undefined : { ...others, nodeAffinity },
    },
  };
}
