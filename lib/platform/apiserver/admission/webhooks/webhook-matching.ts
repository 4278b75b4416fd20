import type { Webhook } from '../../../api/admissionregistration/webhook-validation.ts';
import type { KubeObject } from '../../../api/meta.ts';
import { labelSelectorMatcher } from '../../../api/selectors/label-selector.ts';
import { objectKey, resourcePrefix } from '../../store/storage-key.ts';
import type { AdmissionRequest } from '../admission-plugin.ts';

interface Rule {
  readonly operations?: readonly string[];
  readonly apiGroups?: readonly string[];
  readonly apiVersions?: readonly string[];
  readonly resources?: readonly string[];
  readonly scope?: string;
}

const NAMESPACES = { group: '', plural: 'namespaces', namespaced: false } as const;

/** Whether a webhook wants to hear of a request (apiserver's webhook/predicates and rules). */
export function wants(webhook: Webhook, request: AdmissionRequest): boolean {
  return (
    ((webhook.rules ?? []) as readonly Rule[]).some((rule) => ruleMatches(rule, request)) &&
    namespaceMatches(webhook, request) &&
    objectMatches(webhook, request)
  );
}

function ruleMatches(rule: Rule, { operation, definition, ref }: AdmissionRequest): boolean {
  return (
    includes(rule.operations, operation) &&
    includes(rule.apiGroups, definition.group) &&
    includes(rule.apiVersions, definition.version) &&
    scopeMatches(rule.scope, definition.namespaced) &&
    (rule.resources ?? []).some((pattern) => resourceMatches(pattern, definition.plural, ref.subresource ?? ''))
  );
}

const includes = (values: readonly string[] | undefined, value: string): boolean =>
  values !== undefined && (values.includes('*') || values.includes(value));

const scopeMatches = (scope: string | undefined, namespaced: boolean): boolean =>
  scope === undefined || scope === '*' || (scope === 'Namespaced') === namespaced;

// pods, pods/status, pods/*, *, and the same with any resource: without a slash it is about no subresource.
function resourceMatches(pattern: string, resource: string, subresource: string): boolean {
  const [wantedResource, wantedSub = ''] = pattern.split('/') as [string, string?];
  return (wantedResource === '*' || wantedResource === resource) && (wantedSub === '*' || wantedSub === subresource);
}

/** A namespace is judged by its own labels; what is in none is not judged by them. */
function namespaceMatches({ namespaceSelector }: Webhook, request: AdmissionRequest): boolean {
  const { definition, ref, object, old, cache } = request;
  if (namespaceSelector === undefined) return true;
  const isNamespace = definition.group === NAMESPACES.group && definition.plural === NAMESPACES.plural;
  if (!definition.namespaced && !isNamespace) return true;
  const namespace = isNamespace
    ? (object ?? old)
    : cache.resource(resourcePrefix(NAMESPACES)).get(objectKey(NAMESPACES, undefined, ref.namespace ?? ''))?.object;
  return labelSelectorMatcher(namespaceSelector)(namespace?.metadata.labels);
}

/** Either state will do: nobody gets out of sight by a change of labels. */
function objectMatches({ objectSelector }: Webhook, { object, old }: AdmissionRequest): boolean {
  if (objectSelector === undefined) return true;
  const matches = labelSelectorMatcher(objectSelector);
  const states = [object, old].filter((each): each is KubeObject => each !== undefined);
  return states.length === 0 || states.some(({ metadata }) => matches(metadata?.labels));
}
