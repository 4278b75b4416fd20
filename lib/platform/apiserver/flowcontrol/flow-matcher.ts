import type { FlowResourceRule, FlowRule, FlowRules } from '../../api/flow-rules.ts';
import { ANONYMOUS } from '../auth/authenticator.ts';
import { type AuthorizationQuery, isResourceQuery, type ResourceQuery } from '../auth/authorizer.ts';

/** Whether a request is meant by the rules of a flow schema (apiserver/pkg/util/flowcontrol/rule.go). */
export function flowMatches({ rules }: FlowRules, query: AuthorizationQuery): boolean {
  for (const rule of rules) if (subjectMatches(rule, query) && targetMatches(rule, query)) return true;
  return false;
}

/** What tells the request's flow apart from others of its schema. Those that nobody knows are told apart by where they are. */
export function flowName({ name, distinguisher }: FlowRules, query: AuthorizationQuery, address = ''): string {
  if (distinguisher === 'ByUser') return `${name}/${query.user.name}${query.user === ANONYMOUS ? `/${address}` : ''}`;
  return distinguisher === 'ByNamespace' && isResourceQuery(query) ? `${name}/${query.namespace ?? ''}` : name;
}

function subjectMatches({ users, groups, accountNamespaces }: FlowRule, { user }: AuthorizationQuery): boolean {
  for (const group of groups) if (group === '*' || user.groups.includes(group)) return true;
  for (const name of users) if (name === '*' || user.name === name) return true;
  for (const namespace of accountNamespaces) if (user.name.startsWith(`system:serviceaccount:${namespace}:`)) return true;
  return false;
}

function targetMatches({ resources, paths }: FlowRule, query: AuthorizationQuery): boolean {
  if (isResourceQuery(query)) return resources.some((rule) => resourceMatches(rule, query));
  return paths.some(
    ({ verbs, nonResourceURLs = [] }) => holds(verbs, query.verb) && nonResourceURLs.some((url) => pathMatches(url, query.path)),
  );
}

function resourceMatches(rule: FlowResourceRule, query: ResourceQuery): boolean {
  const { resource, subresource, namespace } = query;
  return (
    holds(rule.verbs, query.verb) &&
    holds(rule.apiGroups, query.group) &&
    holds(rule.resources, subresource === undefined ? resource : `${resource}/${subresource}`) &&
    (namespace === undefined ? rule.clusterScope : holds(rule.namespaces, namespace))
  );
}

const holds = (values: readonly string[], value: string): boolean => values.includes('*') || values.includes(value);

const pathMatches = (url: string, path: string): boolean =>
  url === '*' || url === path || (url.endsWith('/*') && path.startsWith(url.slice(0, -1)));
