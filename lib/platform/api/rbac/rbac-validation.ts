import type { PolicyRule, PolicySubject, RoleReference } from '../access-policy.ts';
import type { KubeObject } from '../meta.ts';
import type { LabelSelectorObject } from '../selectors/label-selector.ts';
import type { StatusCause } from '../status-error.ts';
import { deepEqual, invalid, notSupported, required } from '../validation/causes.ts';
import { validateLabelSelector } from '../validation/label-selector-validation.ts';
import { dns1123Subdomain, pathSegment } from '../validation/names.ts';
import { RBAC } from './escalation.ts';

/** Texts and fields of pkg/apis/rbac/validation/validation.go. */
export function validateRules(object: KubeObject, namespaced: boolean): StatusCause[] {
  return ((object.rules ?? []) as PolicyRule[]).flatMap((rule, i) => validateRule(rule, namespaced, `rules[${i}]`));
}

function validateRule(rule: PolicyRule, namespaced: boolean, path: string): StatusCause[] {
  const causes: StatusCause[] = [];
  const { verbs = [], apiGroups = [], resources = [], resourceNames = [], nonResourceURLs = [] } = rule;
  if (verbs.length === 0) causes.push(required(`${path}.verbs`, 'verbs must contain at least one value'));
  if (nonResourceURLs.length > 0) {
    const wrong = (detail: string): StatusCause => invalid(`${path}.nonResourceURLs`, nonResourceURLs, detail);
    if (namespaced) causes.push(wrong('namespaced rules cannot apply to non-resource URLs'));
    if (apiGroups.length + resources.length + resourceNames.length > 0)
      causes.push(wrong('rules cannot apply to both regular resources and non-resource URLs'));
    return causes;
  }
  if (apiGroups.length === 0) causes.push(required(`${path}.apiGroups`, 'resource rules must supply at least one api group'));
  if (resources.length === 0) causes.push(required(`${path}.resources`, 'resource rules must supply at least one resource'));
  return causes;
}

/** Of role bindings and cluster role bindings. `roleKinds`: what they may grant. */
export function validateBinding(object: KubeObject, roleKinds: readonly string[], namespaced: boolean): StatusCause[] {
  const causes: StatusCause[] = [];
  const { apiGroup = '', kind = '', name = '' } = (object.roleRef ?? {}) as Partial<RoleReference>;
  if (apiGroup !== RBAC.group) causes.push(notSupported('roleRef.apiGroup', apiGroup, [RBAC.group]));
  if (!roleKinds.includes(kind)) causes.push(notSupported('roleRef.kind', kind, roleKinds));
  if (name === '') causes.push(required('roleRef.name'));
  else for (const text of pathSegment(name)) causes.push(invalid('roleRef.name', name, text));
  const subjects = (object.subjects ?? []) as Partial<PolicySubject>[];
  return [...causes, ...subjects.flatMap((subject, i) => validateSubject(subject, namespaced, `subjects[${i}]`))];
}

function validateSubject(subject: Partial<PolicySubject>, namespaced: boolean, path: string): StatusCause[] {
  const causes: StatusCause[] = [];
  const { kind = '', apiGroup = '', name = '', namespace = '' } = subject;
  if (name === '') causes.push(required(`${path}.name`));
  switch (kind) {
    case 'ServiceAccount':
      if (name !== '') for (const text of dns1123Subdomain(name)) causes.push(invalid(`${path}.name`, name, text));
      if (apiGroup !== '') causes.push(notSupported(`${path}.apiGroup`, apiGroup, ['']));
      if (!namespaced && namespace === '') causes.push(required(`${path}.namespace`));
      return causes;
    case 'User':
    case 'Group':
      if (name === '') causes.push(invalid(`${path}.name`, name, `${kind.toLowerCase()} name cannot be empty`));
      if (apiGroup !== RBAC.group) causes.push(notSupported(`${path}.apiGroup`, apiGroup, [RBAC.group]));
      return causes;
    default:
      return [...causes, notSupported(`${path}.kind`, kind, ['ServiceAccount', 'User', 'Group'])];
  }
}

/** A binding never changes what it grants: whoever may change its subjects only must not change that. */
export function validateBindingUpdate(object: KubeObject, old: KubeObject): StatusCause[] {
  if (deepEqual(object.roleRef, old.roleRef)) return [];
  const { apiGroup, kind, name } = object.roleRef as RoleReference;
  const shown = `rbac.RoleRef{APIGroup:${JSON.stringify(apiGroup)}, Kind:${JSON.stringify(kind)}, Name:${JSON.stringify(name)}}`;
  return [{ reason: 'FieldValueInvalid', field: 'roleRef', message: `Invalid value: ${shown}: cannot change roleRef` }];
}

/** Which roles a cluster role gathers. */
export function validateAggregation(object: KubeObject): StatusCause[] {
  const rule = object.aggregationRule as { clusterRoleSelectors?: readonly LabelSelectorObject[] } | undefined;
  if (rule === undefined) return [];
  const path = 'aggregationRule.clusterRoleSelectors';
  const selectors = rule.clusterRoleSelectors ?? [];
  if (selectors.length === 0) return [required(path, 'at least one clusterRoleSelector required if aggregationRule is non-nil')];
  return selectors.flatMap((selector, i) => validateLabelSelector(selector, `${path}[${i}]`));
}
