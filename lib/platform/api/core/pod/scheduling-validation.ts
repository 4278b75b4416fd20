import type { StatusCause } from '../../status-error.ts';
import { forbidden, invalid, notSupported, oneOf, required } from '../../validation/causes.ts';
import { labelValue, qualifiedName } from '../../validation/names.ts';

type Fields = Record<string, unknown>;
const list = (value: unknown): Fields[] => (value ?? []) as Fields[];

const EFFECTS = ['NoExecute', 'NoSchedule', 'PreferNoSchedule'];
const NODE_OPERATORS = ['DoesNotExist', 'Exists', 'Gt', 'In', 'Lt', 'NotIn'];

/** Tolerations of a pod. */
export function validateTolerations(tolerations: readonly Fields[], path: string): StatusCause[] {
  return tolerations.flatMap((toleration, i) => {
    const at = `${path}[${i}]`;
    const causes: StatusCause[] = [];
    const { key = '', operator, value = '', effect, tolerationSeconds } = toleration as Record<string, string>;
    if (key !== '') for (const text of qualifiedName(key)) causes.push(invalid(`${at}.key`, key, text));
    if (key === '' && operator !== 'Exists')
      causes.push(
        invalid(
          `${at}.operator`,
          operator ?? '',
          'operator must be Exists when `key` is empty, which means "match all values and all keys"',
        ),
      );
    if (tolerationSeconds !== undefined && effect !== 'NoExecute')
      causes.push(invalid(`${at}.effect`, effect ?? '', "effect must be 'NoExecute' when `tolerationSeconds` is set"));
    if (operator === undefined || operator === 'Equal')
      for (const text of labelValue(value)) causes.push(invalid(`${at}.operator`, value, text));
    else if (operator === 'Exists') {
      if (value !== '') causes.push(invalid(`${at}.operator`, toleration, "value must be empty when `operator` is 'Exists'"));
    } else causes.push(notSupported(`${at}.operator`, operator, ['Equal', 'Exists']));
    if (effect !== undefined && !EFFECTS.includes(effect)) causes.push(notSupported(`${at}.effect`, effect, EFFECTS));
    return causes;
  });
}

/** Affinities to nodes and to other pods. */
export function validateAffinity(affinity: Fields | undefined, path: string): StatusCause[] {
  if (affinity === undefined) return [];
  return [
    ...validateNodeAffinity(affinity.nodeAffinity as Fields | undefined, `${path}.nodeAffinity`),
    ...validatePodAffinity(affinity.podAffinity as Fields | undefined, `${path}.podAffinity`),
    ...validatePodAffinity(affinity.podAntiAffinity as Fields | undefined, `${path}.podAntiAffinity`),
  ];
}

function validateNodeAffinity(affinity: Fields | undefined, path: string): StatusCause[] {
  const causes: StatusCause[] = [];
  const hard = affinity?.requiredDuringSchedulingIgnoredDuringExecution as Fields | undefined;
  if (hard !== undefined) causes.push(...validateNodeSelector(hard, `${path}.requiredDuringSchedulingIgnoredDuringExecution`));
  for (const [i, soft] of list(affinity?.preferredDuringSchedulingIgnoredDuringExecution).entries()) {
    const at = `${path}.preferredDuringSchedulingIgnoredDuringExecution[${i}]`;
    causes.push(...validateWeight(soft.weight, at), ...validateTerm((soft.preference ?? {}) as Fields, `${at}.preference`));
  }
  return causes;
}

/** core/v1 NodeSelector: the terms, one of which must hold. */
export function validateNodeSelector(selector: Fields, path: string): StatusCause[] {
  const at = `${path}.nodeSelectorTerms`;
  const terms = list(selector.nodeSelectorTerms);
  if (terms.length === 0) return [required(at, 'must have at least one node selector term')];
  return terms.flatMap((term, i) => validateTerm(term, `${at}[${i}]`));
}

const validateWeight = (weight: unknown, path: string): StatusCause[] =>
  Number(weight) >= 1 && Number(weight) <= 100 ? [] : [invalid(`${path}.weight`, weight, 'must be in the range 1-100')];

function validateTerm(term: Fields, path: string): StatusCause[] {
  return list(term.matchExpressions).flatMap((expression, i) => {
    const at = `${path}.matchExpressions[${i}]`;
    const values = (expression.values ?? []) as string[];
    const key = String(expression.key ?? '');
    const causes = qualifiedName(key).map((text) => invalid(`${at}.key`, key, text));
    switch (expression.operator) {
      case 'In':
      case 'NotIn':
        if (values.length === 0) causes.push(required(`${at}.values`, "must be specified when `operator` is 'In' or 'NotIn'"));
        break;
      case 'Exists':
      case 'DoesNotExist':
        if (values.length > 0)
          causes.push(forbidden(`${at}.values`, "may not be specified when `operator` is 'Exists' or 'DoesNotExist'"));
        break;
      case 'Gt':
      case 'Lt':
        if (values.length !== 1)
          causes.push(required(`${at}.values`, "must be specified single value when `operator` is 'Lt' or 'Gt'"));
        break;
      default:
        causes.push(notSupported(`${at}.operator`, expression.operator ?? '', NODE_OPERATORS));
    }
    return causes;
  });
}

function validatePodAffinity(affinity: Fields | undefined, path: string): StatusCause[] {
  const causes: StatusCause[] = [];
  const check = (term: Fields, at: string): void => {
    if (!term.topologyKey) causes.push(required(`${at}.topologyKey`, 'can not be empty'));
    else
      for (const text of qualifiedName(String(term.topologyKey)))
        causes.push(invalid(`${at}.topologyKey`, term.topologyKey, text));
  };
  for (const [i, term] of list(affinity?.requiredDuringSchedulingIgnoredDuringExecution).entries())
    check(term, `${path}.requiredDuringSchedulingIgnoredDuringExecution[${i}]`);
  for (const [i, soft] of list(affinity?.preferredDuringSchedulingIgnoredDuringExecution).entries()) {
    const at = `${path}.preferredDuringSchedulingIgnoredDuringExecution[${i}]`;
    causes.push(...validateWeight(soft.weight, at));
    check((soft.podAffinityTerm ?? {}) as Fields, `${at}.podAffinityTerm`);
  }
  return causes;
}

/** How pods are spread over parts of the cluster. */
export function validateTopologySpread(constraints: readonly Fields[], path: string): StatusCause[] {
  return constraints.flatMap((constraint, i) => {
    const at = `${path}[${i}]`;
    const causes: StatusCause[] = [];
    if (Number(constraint.maxSkew ?? 0) <= 0)
      causes.push(invalid(`${at}.maxSkew`, constraint.maxSkew ?? 0, 'must be greater than zero'));
    if (!constraint.topologyKey) causes.push(required(`${at}.topologyKey`, 'can not be empty'));
    return [...causes, ...oneOf(`${at}.whenUnsatisfiable`, constraint.whenUnsatisfiable, ['DoNotSchedule', 'ScheduleAnyway'])];
  });
}
