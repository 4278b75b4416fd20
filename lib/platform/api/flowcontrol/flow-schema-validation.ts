import type { KubeObject } from '../meta.ts';
import type { StatusCause } from '../status-error.ts';
import { deepEqual, forbidden, invalid, notSupported, required } from '../validation/causes.ts';
import { dns1123Label, dns1123Subdomain } from '../validation/names.ts';
import { mandatorySchemas } from './bootstrap/flow-schemas.ts';
import { validateConditions } from './condition-validation.ts';

const MOST_PRECEDENCE = 10_000;
const VERBS = ['create', 'delete', 'deletecollection', 'get', 'list', 'patch', 'proxy', 'update', 'watch'];
/** The field that a subject of each kind has, and nobody else. */
const SUBJECTS = { Group: 'group', ServiceAccount: 'serviceAccount', User: 'user' } as const;

type Fields = Record<string, unknown>;
const texts = (value: unknown): string[] => (value ?? []) as string[];

/** Texts and fields of pkg/apis/flowcontrol/validation/validation.go. */
export function validateFlowSchema(object: KubeObject): StatusCause[] {
  const { name = '' } = object.metadata;
  const spec = (object.spec ?? {}) as Fields;
  const causes = validateSpec(name, spec);
  const fixed = mandatorySchemas.find((each) => each.metadata.name === name);
  if (fixed !== undefined && !deepEqual(spec, fixed.spec))
    causes.push(invalid('spec', spec, `spec of '${name}' must equal the fixed value`));
  return [...causes, ...validateConditions(object)];
}

function validateSpec(name: string, spec: Fields): StatusCause[] {
  const causes: StatusCause[] = [];
  const precedence = Number(spec.matchingPrecedence ?? 0);
  const path = 'spec.matchingPrecedence';
  if (precedence <= 0) causes.push(invalid(path, precedence, 'must be a positive value'));
  if (precedence > MOST_PRECEDENCE) causes.push(invalid(path, precedence, `must not be greater than ${MOST_PRECEDENCE}`));
  if (precedence === 1 && name !== 'exempt')
    causes.push(invalid(path, precedence, "only the schema named 'exempt' may have matchingPrecedence 1"));
  const method = spec.distinguisherMethod as Fields | undefined;
  if (method !== undefined && method.type !== 'ByUser' && method.type !== 'ByNamespace')
    causes.push(notSupported('spec.distinguisherMethod.type', method.type ?? '', ['ByNamespace', 'ByUser']));
  const level = String((spec.priorityLevelConfiguration as Fields | undefined)?.name ?? '');
  if (level === '') causes.push(required('spec.priorityLevelConfiguration.name', 'must reference a priority level'));
  else for (const text of dns1123Subdomain(level)) causes.push(invalid('spec.priorityLevelConfiguration.name', level, text));
  const rules = (spec.rules ?? []) as Fields[];
  return [...causes, ...rules.flatMap((rule, i) => validateRule(rule, `spec.rules[${i}]`))];
}

function validateRule(rule: Fields, path: string): StatusCause[] {
  const subjects = (rule.subjects ?? []) as Fields[];
  const resources = (rule.resourceRules ?? []) as Fields[];
  const paths = (rule.nonResourceRules ?? []) as Fields[];
  return [
    ...(subjects.length === 0 ? [required(`${path}.subjects`, 'subjects must contain at least one value')] : []),
    ...subjects.flatMap((subject, i) => validateSubject(subject, `${path}.subjects[${i}]`)),
    ...(resources.length + paths.length === 0
      ? [required(path, 'at least one of resourceRules and nonResourceRules has to be non-empty')]
      : []),
    ...resources.flatMap((each, i) => validateResourceRule(each, `${path}.resourceRules[${i}]`)),
    ...paths.flatMap((each, i) => validatePathRule(each, `${path}.nonResourceRules[${i}]`)),
  ];
}

function validateSubject(subject: Fields, path: string): StatusCause[] {
  const kind = String(subject.kind ?? '');
  if (!Object.hasOwn(SUBJECTS, kind)) return [notSupported(`${path}.kind`, kind, Object.keys(SUBJECTS).sort())];
  const own = SUBJECTS[kind as keyof typeof SUBJECTS];
  const causes: StatusCause[] = [];
  const named = subject[own] as Fields | undefined;
  if (named === undefined) causes.push(required(`${path}.${own}`, `${own} is required when subject kind is '${kind}'`));
  else causes.push(...validateNamed(named, own, `${path}.${own}`));
  for (const [other, field] of Object.entries(SUBJECTS))
    if (field !== own && subject[field] !== undefined)
      causes.push(forbidden(`${path}.${field}`, `${field} is forbidden when subject kind is not '${other}'`));
  return causes;
}

function validateNamed({ name = '', namespace = '' }: Fields, kind: string, path: string): StatusCause[] {
  const causes: StatusCause[] = [];
  if (name === '') causes.push(required(`${path}.name`));
  if (kind !== 'serviceAccount') return causes;
  if (name !== '' && name !== '*')
    for (const text of dns1123Subdomain(String(name))) causes.push(invalid(`${path}.name`, name, text));
  if (namespace === '') causes.push(required(`${path}.namespace`, 'must specify namespace for service account'));
  else for (const text of dns1123Label(String(namespace))) causes.push(invalid(`${path}.namespace`, namespace, text));
  return causes;
}

/** `*` stands alone. */
const alone = (values: readonly string[], path: string, what: string): StatusCause[] =>
  values.includes('*') && values.length > 1 ? [invalid(path, values, `if '*' is present, must not specify other ${what}`)] : [];

function validateVerbs(verbs: readonly string[], path: string): StatusCause[] {
  if (verbs.length === 0) return [required(path, 'verbs must contain at least one value')];
  if (verbs.includes('*')) return alone(verbs, path, 'verbs');
  return verbs.every((verb) => VERBS.includes(verb)) ? [] : [notSupported(path, verbs, VERBS)];
}

function validateResourceRule(rule: Fields, path: string): StatusCause[] {
  const [groups, resources, namespaces] = [texts(rule.apiGroups), texts(rule.resources), texts(rule.namespaces)];
  const causes = validateVerbs(texts(rule.verbs), `${path}.verbs`);
  if (groups.length === 0) causes.push(required(`${path}.apiGroups`, 'resource rules must supply at least one api group'));
  else causes.push(...alone(groups, `${path}.apiGroups`, 'api groups'));
  if (resources.length === 0) causes.push(required(`${path}.resources`, 'resource rules must supply at least one resource'));
  else causes.push(...alone(resources, `${path}.resources`, 'resources'));
  if (namespaces.length === 0 && rule.clusterScope !== true)
    causes.push(required(`${path}.namespaces`, 'resource rules that are not cluster scoped must supply at least one namespace'));
  else if (namespaces.includes('*')) causes.push(...alone(namespaces, `${path}.namespaces`, 'namespaces'));
  else
    for (const [i, namespace] of namespaces.entries())
      for (const text of dns1123Label(namespace))
        causes.push(
          invalid(`${path}.namespaces[${i}]`, namespace, `each member of this list must be '*' or a DNS-1123 label; ${text}`),
        );
  return causes;
}

function validatePathRule(rule: Fields, path: string): StatusCause[] {
  const urls = texts(rule.nonResourceURLs);
  const causes = validateVerbs(texts(rule.verbs), `${path}.verbs`);
  if (urls.length === 0)
    return [...causes, required(`${path}.nonResourceURLs`, 'nonResourceURLs must contain at least one value')];
  if (urls.includes('*')) return [...causes, ...alone(urls, `${path}.nonResourceURLs`, 'non-resource URLs')];
  for (const [i, url] of urls.entries()) {
    const problem = urlProblem(url);
    if (problem !== undefined) causes.push(invalid(`${path}.nonResourceURLs[${i}]`, url, problem));
  }
  return causes;
}

function urlProblem(url: string): string | undefined {
  if (url === '') return 'must not be empty';
  if (url === '/') return undefined;
  if (!url.startsWith('/')) return 'must start with slash';
  if (url.includes(' ')) return 'must not contain white-space';
  if (url.includes('//')) return 'must not contain double slash';
  const star = url.indexOf('*');
  return star === -1 || (star === url.length - 1 && url.endsWith('/*')) ? undefined : 'wildcard can only do suffix matching';
}
