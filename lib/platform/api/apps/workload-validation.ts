import { validatePodTemplate } from '../core/pod/pod-validation.ts';
import type { KubeObject } from '../meta.ts';
import { type LabelSelectorObject, labelSelectorMatcher } from '../selectors/label-selector.ts';
import type { StatusCause } from '../status-error.ts';
import { forbidden, invalid, notNegative, notSupported, required } from '../validation/causes.ts';
import { isEmptySelector, validateLabelSelector } from '../validation/label-selector-validation.ts';

/** `spec.selector` of a controller: there, well-formed, and not so wide that it would take all pods. */
export function validateSelector(selector: LabelSelectorObject | undefined, kind: string): StatusCause[] {
  if (selector === undefined) return [required('spec.selector')];
  const causes = validateLabelSelector(selector, 'spec.selector');
  if (isEmptySelector(selector)) causes.push(invalid('spec.selector', selector, `empty selector is invalid for ${kind}`));
  return causes;
}

/** Pods that the controller would not find again. Nothing to say while the selector itself is wrong. */
export function selectorMatchesTemplate(selector: LabelSelectorObject | undefined, template: KubeObject): StatusCause[] {
  if (selector === undefined || isEmptySelector(selector) || validateLabelSelector(selector, '').length > 0) return [];
  const labels = template.metadata?.labels;
  return labelSelectorMatcher(selector)(labels)
    ? []
    : [invalid('spec.template.metadata.labels', labels ?? {}, '`selector` does not match template `labels`')];
}

/** A template whose pods run for good: always started again, without a deadline. `kind`: for the text. */
export function validateLastingTemplate(template: KubeObject, kind: string): StatusCause[] {
  return [...validatePodTemplate(template, 'spec.template'), ...validateLasting(template, kind)];
}

/** Of templates whose pods run for ever. */
export function validateLasting(template: KubeObject, kind: string): StatusCause[] {
  const { restartPolicy, activeDeadlineSeconds } = template.spec ?? {};
  const causes: StatusCause[] = [];
  if (restartPolicy !== 'Always') causes.push(notSupported('spec.template.spec.restartPolicy', restartPolicy, ['Always']));
  if (activeDeadlineSeconds !== undefined)
    causes.push(forbidden('spec.template.spec.activeDeadlineSeconds', `activeDeadlineSeconds in ${kind} is not Supported`));
  return causes;
}

type Counts = Readonly<Record<string, unknown>>;

/** Counters of a status: none negative. */
export const notNegativeCounts = (status: Counts, fields: readonly string[]): StatusCause[] =>
  fields.flatMap((field) => notNegative(`status.${field}`, status[field]));

/** Counters that are parts of `status.replicas`; what is available is ready too. */
export function withinReplicas(status: Counts, fields: readonly string[], readyText = 'readyReplicas'): StatusCause[] {
  const count = (field: string): number => Number(status[field] ?? 0);
  const causes = fields
    .filter((field) => count(field) > count('replicas'))
    .map((field) => invalid(`status.${field}`, status[field], 'cannot be greater than status.replicas'));
  if (count('availableReplicas') > count('readyReplicas'))
    causes.push(invalid('status.availableReplicas', status.availableReplicas, `cannot be greater than ${readyText}`));
  return causes;
}

/** The count of hash collisions only grows: names were made with it. */
export function collisionsKept(status: Counts, old: Counts): StatusCause[] {
  const [now, before] = [Number(status.collisionCount ?? 0), Number(old.collisionCount ?? 0)];
  return now < before ? [invalid('status.collisionCount', now, 'cannot be decremented')] : [];
}
