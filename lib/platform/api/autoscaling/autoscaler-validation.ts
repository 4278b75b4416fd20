import type { KubeObject } from '../meta.ts';
import type { StatusCause } from '../status-error.ts';
import { forbidden, invalid, notSupported, required } from '../validation/causes.ts';
import { validateLabelSelector } from '../validation/label-selector-validation.ts';
import { pathSegment } from '../validation/names.ts';
import { positiveQuantity } from '../validation/quantity-validation.ts';

type Fields = Record<string, unknown>;
const asFields = (value: unknown): Fields => (value ?? {}) as Fields;
const list = (value: unknown): Fields[] => (value ?? []) as Fields[];

const MAX_PERIOD = 1800;
const MAX_WINDOW = 3600;
const POLICIES = ['Disabled', 'Max', 'Min'];
const POLICY_TYPES = ['Percent', 'Pods'];
const METRIC_TYPES = ['ContainerResource', 'External', 'Object', 'Pods', 'Resource'];

/** Of an autoscaler in any version (pkg/apis/autoscaling/validation). */
export function validateAutoscaler({ spec = {} }: KubeObject): StatusCause[] {
  const { minReplicas, maxReplicas = 0 } = spec;
  const causes: StatusCause[] = [];
  if (minReplicas !== undefined && minReplicas < 1)
    causes.push(invalid('spec.minReplicas', minReplicas, 'must be greater than or equal to 1'));
  if (maxReplicas < 1) causes.push(invalid('spec.maxReplicas', maxReplicas, 'must be greater than 0'));
  if (minReplicas !== undefined && maxReplicas < minReplicas)
    causes.push(invalid('spec.maxReplicas', maxReplicas, 'must be greater than or equal to `minReplicas`'));
  causes.push(...validateReference(asFields(spec.scaleTargetRef), 'spec.scaleTargetRef'));
  for (const [i, metric] of list(spec.metrics).entries()) causes.push(...validateMetric(metric, `spec.metrics[${i}]`));
  for (const direction of ['scaleUp', 'scaleDown'])
    if (spec.behavior?.[direction] !== undefined)
      causes.push(...validateRules(spec.behavior[direction], `spec.behavior.${direction}`));
  return causes;
}

const validateReference = (ref: Fields, path: string): StatusCause[] =>
  ['kind', 'name'].flatMap((field) => {
    const value = String(ref[field] ?? '');
    return value === ''
      ? [required(`${path}.${field}`)]
      : pathSegment(value).map((text) => invalid(`${path}.${field}`, value, text));
  });

function validateRules(rules: Fields, path: string): StatusCause[] {
  const { stabilizationWindowSeconds: window, selectPolicy } = rules;
  const causes: StatusCause[] = [];
  const at = `${path}.stabilizationWindowSeconds`;
  if (typeof window === 'number' && window < 0) causes.push(invalid(at, window, 'must be greater than or equal to zero'));
  if (typeof window === 'number' && window > MAX_WINDOW)
    causes.push(invalid(at, window, `must be less than or equal to ${MAX_WINDOW}`));
  if (selectPolicy !== undefined && !POLICIES.includes(selectPolicy as string))
    causes.push(notSupported(`${path}.selectPolicy`, selectPolicy, POLICIES));
  if (list(rules.policies).length === 0) causes.push(required(`${path}.policies`, 'must specify at least one Policy'));
  for (const [i, { type, value = 0, periodSeconds = 0 }] of list(rules.policies).entries()) {
    const each = `${path}.policies[${i}]`;
    if (!POLICY_TYPES.includes(type as string)) causes.push(notSupported(`${each}.type`, type ?? '', POLICY_TYPES));
    if (Number(value) <= 0) causes.push(invalid(`${each}.value`, value, 'must be greater than zero'));
    if (Number(periodSeconds) <= 0) causes.push(invalid(`${each}.periodSeconds`, periodSeconds, 'must be greater than zero'));
    if (Number(periodSeconds) > MAX_PERIOD)
      causes.push(invalid(`${each}.periodSeconds`, periodSeconds, `must be less than or equal to ${MAX_PERIOD}`));
  }
  return causes;
}

const SOURCES: Readonly<Record<string, (source: Fields, path: string) => StatusCause[]>> = {
  object: (source, path) => [
    ...validateReference(asFields(source.describedObject), `${path}.describedObject`),
    ...validateIdentifier(source, path),
    ...needs(source, path, ['value', 'averageValue'], 'must set either a target value or averageValue'),
  ],
  external: (source, path) => {
    const { value, averageValue } = asFields(source.target);
    const both = value !== undefined && averageValue !== undefined;
    return [
      ...validateIdentifier(source, path),
      ...needs(source, path, ['value', 'averageValue'], 'must set either a target value for metric or a per-pod target'),
      ...(both ? [forbidden(`${path}.target.value`, 'may not set both a target value for metric and a per-pod target')] : []),
    ];
  },
  pods: (source, path) => [
    ...validateIdentifier(source, path),
    ...needs(source, path, ['averageValue'], 'must specify a positive target averageValue'),
  ],
  resource: validateResource,
  containerResource: (source, path) => [
    ...validateResource(source, path),
    ...(source.container ? [] : [required(`${path}.container`, 'must specify a container')]),
  ],
};

function validateMetric(metric: Fields, path: string): StatusCause[] {
  const type = String(metric.type ?? '');
  if (type === '') return [required(`${path}.type`, 'must specify a metric source type')];
  if (!METRIC_TYPES.includes(type)) return [notSupported(`${path}.type`, type, METRIC_TYPES)];
  const field = type[0]!.toLowerCase() + type.slice(1);
  const causes: StatusCause[] = [];
  if (metric[field] === undefined)
    causes.push(required(`${path}.${field}`, 'must populate information for the given metric source'));
  else causes.push(...SOURCES[field]!(asFields(metric[field]), `${path}.${field}`));
  for (const other of Object.keys(SOURCES))
    if (other !== field && metric[other] !== undefined)
      causes.push(forbidden(`${path}.${other}`, 'must populate the given metric source only'));
  return causes;
}

function validateResource(source: Fields, path: string): StatusCause[] {
  const { averageUtilization, averageValue } = asFields(source.target);
  const causes = source.name ? [] : [required(`${path}.name`, 'must specify a resource name')];
  causes.push(...validateTarget(asFields(source.target), `${path}.target`));
  if (averageUtilization === undefined && averageValue === undefined)
    causes.push(required(`${path}.target.averageUtilization`, 'must set either a target raw value or a target utilization'));
  if (averageUtilization !== undefined && averageValue !== undefined)
    causes.push(forbidden(`${path}.target.averageValue`, 'may not set both a target raw value and a target utilization'));
  return causes;
}

function validateIdentifier(source: Fields, path: string): StatusCause[] {
  const metric = asFields(source.metric);
  const name = String(metric.name ?? '');
  const causes =
    name === '' ? [required(`${path}.metric.name`)] : pathSegment(name).map((text) => invalid(`${path}.metric.name`, name, text));
  return [
    ...causes,
    ...validateLabelSelector(metric.selector as object | undefined, `${path}.metric.selector`),
    ...validateTarget(asFields(source.target), `${path}.target`),
  ];
}

function needs(source: Fields, path: string, fields: readonly string[], text: string): StatusCause[] {
  const target = asFields(source.target);
  return fields.some((field) => target[field] !== undefined) ? [] : [required(`${path}.target.averageValue`, text)];
}

const TARGET_TYPES = ['AverageValue', 'Utilization', 'Value'];

function validateTarget(target: Fields, path: string): StatusCause[] {
  const causes: StatusCause[] = [];
  if (!target.type) causes.push(required(`${path}.type`, 'must specify a metric target type'));
  else if (!TARGET_TYPES.includes(target.type as string))
    causes.push(invalid(`${path}.type`, target.type, 'must be either Utilization, Value, or AverageValue'));
  for (const field of ['value', 'averageValue'])
    if (target[field] !== undefined && positiveQuantity(path, String(target[field])).length > 0)
      causes.push(invalid(`${path}.${field}`, target[field], 'must be positive'));
  if (typeof target.averageUtilization === 'number' && target.averageUtilization < 1)
    causes.push(invalid(`${path}.averageUtilization`, target.averageUtilization, 'must be greater than 0'));
  return causes;
}
