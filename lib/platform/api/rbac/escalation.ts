import type { PolicyRule, RoleReference } from '../access-policy.ts';
import type { StrategyContext } from '../strategy.ts';
import type { KubeObject } from '../meta.ts';
import { newForbidden, newNotFound, type StatusError } from '../status-error.ts';
import { equalBut } from './gc-fields.ts';
import { ALL, compactRules, quotedList, ruleText, uncovered } from './policy-rules.ts';

export const RBAC = { group: 'rbac.authorization.k8s.io', version: 'v1' } as const;

/** The resources that roles of a kind are, for questions about them. */
const ROLE_RESOURCES: Readonly<Record<string, string>> = { Role: 'roles', ClusterRole: 'clusterroles' };

const FULL_AUTHORITY: readonly PolicyRule[] = [
  { verbs: [ALL], apiGroups: [ALL], resources: [ALL] },
  { verbs: [ALL], nonResourceURLs: [ALL] },
];

const mayEscalate = ({ user }: StrategyContext): boolean => user.groups.includes('system:masters');

/**
 * Nobody grants what they do not hold, unless they may `escalate` the role (pkg/registry/rbac/role/policybased). Throws
 * Forbidden.
 */
export async function confirmRoleWrite(
  resource: 'roles' | 'clusterroles',
  role: KubeObject,
  old: KubeObject | undefined,
  context: StrategyContext,
): Promise<void> {
  if (mayEscalate(context) || (old !== undefined && equalBut(role, old))) return;
  const { name = '', namespace = '' } = role.metadata;
  const { allowed } = await context.access.authorize(context.user, {
    ...RBAC,
    verb: 'escalate',
    resource,
    ...(namespace === '' ? {} : { namespace }),
    name,
  });
  if (allowed) return;
  const refuse = (why: string): StatusError => newForbidden({ group: RBAC.group, resource }, name, why);
  const missing = await missingRights(role.rules ?? [], namespace, context);
  if (missing !== undefined) throw refuse(missing);
  // What gathers the rules of others can gather anything.
  const gathers = role.aggregationRule !== undefined || old?.aggregationRule !== undefined;
  if (gathers && (await missingRights(FULL_AUTHORITY, namespace, context)) !== undefined)
    throw refuse('must have cluster-admin privileges to use the aggregationRule');
}

/** Nobody binds what they do not hold, unless they may `bind` the role (pkg/registry/rbac/rolebinding/policybased). Throws Forbidden. */
export async function confirmBindingWrite(
  resource: 'rolebindings' | 'clusterrolebindings',
  binding: KubeObject,
  old: KubeObject | undefined,
  context: StrategyContext,
): Promise<void> {
  if (mayEscalate(context) || (old !== undefined && equalBut(binding, old))) return;
  const { name = '', namespace = '' } = binding.metadata;
  const role = (binding.roleRef ?? {}) as RoleReference;
  const roles = Object.hasOwn(ROLE_RESOURCES, role.kind ?? '') ? ROLE_RESOURCES[role.kind]! : undefined;
  // Validation tells what is wrong with it.
  if (roles === undefined || role.apiGroup !== RBAC.group) return;
  const { allowed } = await context.access.authorize(context.user, {
    ...RBAC,
    verb: 'bind',
    resource: roles,
    ...(namespace === '' ? {} : { namespace }),
    name: role.name,
  });
  if (allowed) return;
  const rules = await context.access.roleRules(role, namespace);
  if (rules === undefined) throw newNotFound({ group: RBAC.group, resource: roles }, role.name);
  const missing = await missingRights(rules, namespace, context);
  if (missing !== undefined) throw newForbidden({ group: RBAC.group, resource }, name, missing);
}

/** What the user lacks of these rules, in Kubernetes' words (pkg/registry/rbac/validation ConfirmNoEscalation). */
async function missingRights(
  wanted: readonly PolicyRule[],
  namespace: string,
  { user, access }: StrategyContext,
): Promise<string | undefined> {
  const { rules, errors } = await access.rulesFor(user, namespace);
  const missing = uncovered(rules, wanted);
  if (missing.length === 0) return undefined;
  const lines = [...new Set(compactRules(missing).map(ruleText))].toSorted();
  const unresolved = errors.length === 0 ? '' : `; resolution errors: [${errors.join(', ')}]`;
  return (
    `user ${JSON.stringify(user.name)} (groups=${quotedList(user.groups)}) is attempting to grant RBAC permissions not currently held:\n` +
    `${lines.join('\n')}${unresolved}`
  );
}
