import type { ResourceDefinition } from '../../../api/define-resource.ts';
import type { KubeObject } from '../../../api/meta.ts';
import { type LabelMatcher, type LabelSelectorObject, labelSelectorMatcher } from '../../../api/selectors/label-selector.ts';
import type { ResourceTable } from '../../kinds/resource-table.ts';
import { storedDefinition } from '../../operations/served-version.ts';
import { objectKey, resourcePrefix } from '../../store/storage-key.ts';
import type { AdmissionRequest } from '../admission-plugin.ts';

/** admissionregistration.k8s.io/v1 NamedRuleWithOperations; webhooks' rules have no names. */
interface Rule {
  readonly operations?: readonly string[];
  readonly apiGroups?: readonly string[];
  readonly apiVersions?: readonly string[];
  readonly resources?: readonly string[];
  readonly resourceNames?: readonly string[];
  readonly scope?: string;
}

/** Whether objects of a kind decide what is let in: no webhook and no policy is asked about those. */
export const decidesAdmission = ({ decides }: ResourceDefinition): boolean => decides === true;

/** Which requests a webhook, a policy or a binding is about. */
export interface RequestMatch {
  readonly rules: readonly object[];
  readonly excludeRules?: readonly object[] | undefined;
  readonly namespaceSelector?: LabelSelectorObject | undefined;
  readonly objectSelector?: LabelSelectorObject | undefined;
  /** `Exact` looks at the version that was asked for alone. @default 'Equivalent' */
  readonly matchPolicy?: string | undefined;
}

const NAMESPACES = { group: '', plural: 'namespaces', namespaced: false } as const;

/**
 * The version of the object that the match is about, which is the one that was asked for whenever its rules have it; undefined when the request is
 * none of its business (apiserver's webhook/predicates and rules, policy/matching).
 */
export function matchedVersion(
  match: RequestMatch,
  request: AdmissionRequest,
  table: ResourceTable,
): ResourceDefinition | undefined {
  if (!namespaceMatches(match.namespaceSelector, request) || !objectMatches(match.objectSelector, request)) return undefined;
  const versions = match.matchPolicy === 'Exact' ? [request.served] : [request.served, ...equivalentsOf(request, table)];
  if (anyRule(match.excludeRules ?? [], versions, request) !== undefined) return undefined;
  return anyRule(match.rules, versions, request);
}

/** Other versions of the same objects. */
function equivalentsOf({ definition, served }: AdmissionRequest, table: ResourceTable): ResourceDefinition[] {
  const { custom, group, plural } = definition;
  if (custom !== undefined) return table.all.filter((each) => each !== served && each.plural === plural && each.group === group);
  if (!converted(table).has(definition)) return [];
  return table.all.filter((each) => each !== served && storedDefinition(each) === definition);
}

/** Most kinds have one version only. */
const convertedKinds = new WeakMap<readonly ResourceDefinition[], ReadonlySet<ResourceDefinition>>();
function converted({ all }: ResourceTable): ReadonlySet<ResourceDefinition> {
  let found = convertedKinds.get(all);
  if (found === undefined) {
    found = new Set(all.flatMap(({ conversion }) => (conversion === undefined ? [] : [conversion.stored])));
    convertedKinds.set(all, found);
  }
  return found;
}

function anyRule(
  rules: readonly object[],
  versions: readonly ResourceDefinition[],
  request: AdmissionRequest,
): ResourceDefinition | undefined {
  for (const version of versions) if (rules.some((rule) => ruleMatches(rule as Rule, version, request))) return version;
  return undefined;
}

function ruleMatches(rule: Rule, version: ResourceDefinition, { operation, ref, object }: AdmissionRequest): boolean {
  return (
    includes(rule.operations, operation) &&
    includes(rule.apiGroups, version.group) &&
    includes(rule.apiVersions, version.version) &&
    scopeMatches(rule.scope, version) &&
    (rule.resources ?? []).some((pattern) => resourceMatches(pattern, version.plural, ref.subresource ?? '')) &&
    (!rule.resourceNames?.length || rule.resourceNames.includes(ref.name ?? object?.metadata?.name ?? ''))
  );
}

const includes = (values: readonly string[] | undefined, value: string): boolean =>
  values !== undefined && (values.includes('*') || values.includes(value));

/** A namespace is in none, though requests about one name it. */
const scopeMatches = (scope: string | undefined, { namespaced }: ResourceDefinition): boolean =>
  scope === undefined || scope === '*' || (scope === 'Namespaced') === namespaced;

// pods, pods/status, pods/*, *, and the same with any resource: without a slash it is about no subresource.
function resourceMatches(pattern: string, resource: string, subresource: string): boolean {
  const [wantedResource, wantedSub = ''] = pattern.split('/') as [string, string?];
  return (wantedResource === '*' || wantedResource === resource) && (wantedSub === '*' || wantedSub === subresource);
}

/** Selectors of stored objects, which never change: read once. */
const matchers = new WeakMap<LabelSelectorObject, LabelMatcher>();

function matcherOf(selector: LabelSelectorObject): LabelMatcher {
  let matcher = matchers.get(selector);
  if (matcher === undefined) matchers.set(selector, (matcher = labelSelectorMatcher(selector)));
  return matcher;
}

/** A namespace is judged by its own labels; what is in none is not judged by them. */
function namespaceMatches(selector: LabelSelectorObject | undefined, request: AdmissionRequest): boolean {
  const { definition, object, old } = request;
  if (selector === undefined) return true;
  const isNamespace = definition.group === NAMESPACES.group && definition.plural === NAMESPACES.plural;
  if (!definition.namespaced && !isNamespace) return true;
  const namespace = isNamespace ? (object ?? old) : namespaceOf(request);
  return matcherOf(selector)(namespace?.metadata.labels);
}

/** The namespace that the request is in; undefined for one that is in none. */
export function namespaceOf({ cache, ref, definition }: AdmissionRequest): KubeObject | undefined {
  if (!definition.namespaced || ref.namespace === undefined) return undefined;
  return cache.resource(resourcePrefix(NAMESPACES)).get(objectKey(NAMESPACES, undefined, ref.namespace))?.object;
}

/** Either state will do: nobody gets out of sight by a change of labels. */
function objectMatches(selector: LabelSelectorObject | undefined, { object, old }: AdmissionRequest): boolean {
  if (selector === undefined) return true;
  const matches = matcherOf(selector);
  const states = [object, old].filter((each): each is KubeObject => each !== undefined);
  return states.length === 0 || states.some(({ metadata }) => matches(metadata?.labels));
}
