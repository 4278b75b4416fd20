import { parse, YAMLParseError } from 'yaml';
import { z } from 'zod';
import type { UserInfo } from '../../api/verbs.ts';
import { apiServerErrors } from '../errors.ts';

/** How much is written down of a request, least first (audit.k8s.io/v1). */
export const LEVELS = ['None', 'Metadata', 'Request', 'RequestResponse'] as const;
export type AuditLevel = (typeof LEVELS)[number];

const STAGES = ['RequestReceived', 'ResponseStarted', 'ResponseComplete', 'Panic'] as const;
export type AuditStage = (typeof STAGES)[number];

const texts = z.array(z.string()).optional();
const policySchema = z.strictObject({
  apiVersion: z.literal('audit.k8s.io/v1'),
  kind: z.literal('Policy'),
  metadata: z.looseObject({}).optional(),
  omitStages: z.array(z.enum(STAGES)).optional(),
  omitManagedFields: z.boolean().optional(),
  rules: z
    .array(
      z.strictObject({
        level: z.enum(LEVELS),
        users: texts,
        userGroups: texts,
        verbs: texts,
        resources: z.array(z.strictObject({ group: z.string().optional(), resources: texts, resourceNames: texts })).optional(),
        namespaces: texts,
        nonResourceURLs: texts,
        omitStages: z.array(z.enum(STAGES)).optional(),
        omitManagedFields: z.boolean().optional(),
      }),
    )
    .min(1),
});
type Rule = z.output<typeof policySchema>['rules'][number];

/** What the rules look at. */
export interface AuditedRequest {
  readonly user: UserInfo;
  readonly verb: string;
  readonly path: string;
  readonly resource?: {
    readonly group: string;
    readonly resource: string;
    readonly subresource?: string;
    readonly namespace?: string;
    readonly name?: string;
  };
}

export interface AuditDecision {
  readonly level: AuditLevel;
  readonly omitStages: ReadonlySet<AuditStage>;
  readonly omitManagedFields: boolean;
}

/** Decides how much is written down. The first rule that fits decides; without one, nothing is. */
export type AuditPolicy = (request: AuditedRequest) => AuditDecision;

const NOTHING: AuditDecision = { level: 'None', omitStages: new Set(), omitManagedFields: false };

/** Reads a policy file (audit.k8s.io/v1 Policy). Throws an OoError that names the file and the field. */
export function parseAuditPolicy(text: string, path: string): AuditPolicy {
  let value: unknown;
  try {
    value = parse(text, { maxAliasCount: 10 });
  } catch (error) {
    if (!(error instanceof YAMLParseError)) throw error;
    throw apiServerErrors.AUDIT_POLICY_INVALID(path, error.message.split('\n')[0]!);
  }
  const parsed = policySchema.safeParse(value);
  if (!parsed.success) {
    const problems = parsed.error.issues.map(
      (issue) => `${issue.path.map(String).join('.') || 'the document'}: ${issue.message}`,
    );
    throw apiServerErrors.AUDIT_POLICY_INVALID(path, problems.join('; '));
  }
  const { rules, omitStages = [], omitManagedFields = false } = parsed.data;
  const decided = rules.map((rule) => ({
    rule,
    decision: {
      level: rule.level,
      omitStages: new Set([...omitStages, ...(rule.omitStages ?? [])]),
      omitManagedFields: rule.omitManagedFields ?? omitManagedFields,
    },
  }));
  return (request) => decided.find(({ rule }) => fits(rule, request))?.decision ?? NOTHING;
}

/** apiserver audit/policy/checker.go: an absent list fits everything. */
function fits(rule: Rule, { user, verb, path, resource }: AuditedRequest): boolean {
  const has = (list: readonly string[] | undefined, value: string): boolean =>
    list === undefined || list.length === 0 || list.includes(value) || list.includes('*');
  if (!has(rule.users, user.name) || !has(rule.verbs, verb)) return false;
  const groups = rule.userGroups ?? [];
  if (groups.length > 0 && !groups.some((group) => user.groups.includes(group))) return false;
  const [namespaces, resources, urls] = [rule.namespaces ?? [], rule.resources ?? [], rule.nonResourceURLs ?? []];
  if (namespaces.length === 0 && resources.length === 0 && urls.length === 0) return true;
  if (resource === undefined)
    return urls.some((url) => url === '*' || url === path || (url.endsWith('*') && path.startsWith(url.slice(0, -1))));
  if (urls.length > 0 && namespaces.length === 0 && resources.length === 0) return false;
  if (namespaces.length > 0 && !namespaces.includes(resource.namespace ?? '')) return false;
  return resources.length === 0 || resources.some((each) => fitsResource(each, resource));
}

type GroupResources = NonNullable<Rule['resources']>[number];

function fitsResource(
  wanted: GroupResources,
  { group, resource, subresource, name }: NonNullable<AuditedRequest['resource']>,
): boolean {
  if ((wanted.group ?? '') !== group) return false;
  const names = wanted.resourceNames ?? [];
  if (names.length > 0 && !names.includes(name ?? '')) return false;
  const kinds = wanted.resources ?? [];
  if (kinds.length === 0) return true;
  const combined = subresource === undefined ? resource : `${resource}/${subresource}`;
  return kinds.some(
    (kind) =>
      kind === '*' ||
      kind === combined ||
      (subresource !== undefined && (kind === `*/${subresource}` || kind === `${resource}/*`)),
  );
}
