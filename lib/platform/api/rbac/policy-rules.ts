import type { AccessQuestion, PolicyRule } from '../access-policy.ts';

/** `*` as a verb, group, resource or path: all of them. */
export const ALL = '*';

/** Whether the rule allows what is asked (pkg/apis/rbac/v1 evaluation_helpers.go). */
export function ruleAllows(rule: PolicyRule, question: AccessQuestion): boolean {
  if (!has(rule.verbs, question.verb)) return false;
  if (question.path !== undefined) return (rule.nonResourceURLs ?? []).some((path) => pathCovers(path, question.path!));
  const { group = '', resource = '', subresource = '', name = '' } = question;
  const names = rule.resourceNames ?? [];
  return (
    has(rule.apiGroups, group) &&
    resourceMatches(rule.resources, resource, subresource) &&
    (names.length === 0 || names.includes(name))
  );
}

/** `pods`, `pods/log`, `*` and, for subresources, `*` + `/log`. */
function resourceMatches(allowed: readonly string[] | undefined, resource: string, subresource: string): boolean {
  const combined = subresource === '' ? resource : `${resource}/${subresource}`;
  return has(allowed, combined) || (subresource !== '' && (allowed ?? []).includes(`*/${subresource}`));
}

const has = (allowed: readonly string[] | undefined, wanted: string): boolean =>
  allowed !== undefined && (allowed.includes(ALL) || allowed.includes(wanted));

/** A path rule that ends in `*` means everything that begins so. */
function pathCovers(rule: string, path: string): boolean {
  if (rule === ALL || rule === path) return true;
  return rule.endsWith('*') && path.startsWith(rule.replace(/\*+$/, ''));
}

/**
 * The parts of `wanted` that `held` does not allow, each with one verb, group, resource and name at most
 * (pkg/apis/rbac/validation policy_comparator.go). Empty: all of it is held.
 */
export function uncovered(held: readonly PolicyRule[], wanted: readonly PolicyRule[]): PolicyRule[] {
  return wanted.flatMap(atoms).filter((atom) => !held.some((rule) => covers(rule, atom)));
}

function atoms(rule: PolicyRule): PolicyRule[] {
  const { apiGroups = [], resources = [], resourceNames = [], nonResourceURLs = [], verbs = [] } = rule;
  const out: PolicyRule[] = [];
  for (const group of apiGroups)
    for (const resource of resources)
      for (const verb of verbs) {
        const atom = { apiGroups: [group], resources: [resource], verbs: [verb] };
        if (resourceNames.length === 0) out.push(atom);
        else for (const name of resourceNames) out.push({ ...atom, resourceNames: [name] });
      }
  for (const path of nonResourceURLs) for (const verb of verbs) out.push({ nonResourceURLs: [path], verbs: [verb] });
  return out;
}

function covers(held: PolicyRule, atom: PolicyRule): boolean {
  const [verb] = atom.verbs as [string];
  if (!has(held.verbs, verb)) return false;
  const [path] = atom.nonResourceURLs ?? [];
  if (path !== undefined) return (held.nonResourceURLs ?? []).some((each) => pathCovers(each, path));
  const [group = ''] = atom.apiGroups ?? [];
  const [combined = ''] = atom.resources ?? [];
  const slash = combined.indexOf('/');
  const [resource, subresource] = slash === -1 ? [combined, ''] : [combined.slice(0, slash), combined.slice(slash + 1)];
  const [name] = atom.resourceNames ?? [];
  const names = held.resourceNames ?? [];
  return (
    has(held.apiGroups, group) &&
    resourceMatches(held.resources, resource, subresource) &&
    (names.length === 0 || (name !== undefined && names.includes(name)))
  );
}

/** Joins rules that differ in their verbs alone (component-helpers/auth/rbac/validation CompactRules). */
export function compactRules(rules: readonly PolicyRule[]): PolicyRule[] {
  const simple = new Map<string, { rule: PolicyRule; verbs: Set<string> }>();
  const others: PolicyRule[] = [];
  for (const rule of rules) {
    const { apiGroups = [], resources = [], resourceNames = [], nonResourceURLs = [] } = rule;
    if (apiGroups.length !== 1 || resources.length !== 1 || resourceNames.length > 1 || nonResourceURLs.length > 0) {
      others.push(rule);
      continue;
    }
    const key = JSON.stringify([apiGroups, resources, resourceNames]);
    const found = simple.get(key);
    if (found === undefined) simple.set(key, { rule, verbs: new Set(rule.verbs) });
    else for (const verb of rule.verbs) found.verbs.add(verb);
  }
  return [...others, ...[...simple.values()].map(({ rule, verbs }) => ({ ...rule, verbs: [...verbs] }))];
}

/** `["a" "b"]`, as Go prints a list of quoted strings. */
export const quotedList = (values: readonly string[]): string => `[${values.map((value) => JSON.stringify(value)).join(' ')}]`;

/** `{APIGroups:[""], Resources:["pods"], Verbs:["get"]}` (rbac/v1 CompactString). */
export function ruleText(rule: PolicyRule): string {
  const parts: [string, readonly string[] | undefined][] = [
    ['APIGroups', rule.apiGroups],
    ['Resources', rule.resources],
    ['NonResourceURLs', rule.nonResourceURLs],
    ['ResourceNames', rule.resourceNames],
    ['Verbs', rule.verbs],
  ];
  const told = parts.filter(([, values]) => values !== undefined && values.length > 0);
  return `{${told.map(([name, values]) => `${name}:${quotedList(values!)}`).join(', ')}}`;
}
