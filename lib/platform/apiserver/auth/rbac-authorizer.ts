import type { AccessQuestion, PolicyRule, UserRules } from '../../api/access-policy.ts';
import { ruleAllows } from '../../api/rbac/policy-rules.ts';
import type { UserInfo } from '../../api/verbs.ts';
import { type AuthorizationQuery, type Authorizer, type Decision, isResourceQuery } from './authorizer.ts';
import { type IndexedBinding, missingRole, type PolicyIndex } from './policy-index.ts';

/** Users whose rights are remembered, and answers kept for each: names come from clients, so both have an end. */
const USERS = 1024;
const ANSWERS = 128;
/** Longer questions, and users of more names, are no matter of every day: what reviews may ask has no end. */
const LONGEST_QUESTION = 256;
const LONGEST_NAME = 4096;

/** What a binding gives: its rules, or why there are none. */
interface Held {
  readonly binding: IndexedBinding;
  readonly rules: readonly PolicyRule[];
  readonly missing: string | undefined;
}

interface Rights {
  /** Of the index when this was worked out. */
  readonly generation: number;
  readonly everywhere: readonly Held[];
  readonly within: ReadonlyMap<string, readonly Held[]>;
  /** By verb, group, resource and namespace, where the name makes no difference. */
  readonly answers: Map<string, Decision>;
}

/** Allows what a role grants that a binding gives to the user or to one of the user's groups (plugin/pkg/auth/authorizer/rbac). */
export class RbacAuthorizer implements Authorizer {
  readonly #index: PolicyIndex;
  /** A connection's user is one object: no key has to be made of it. */
  #byUser = new WeakMap<UserInfo, Rights>();
  readonly #byName = new Map<string, Rights>();

  constructor(index: PolicyIndex) {
    this.#index = index;
  }

  authorize(query: AuthorizationQuery): Decision {
    const rights = this.#rightsOf(query.user);
    const key = isResourceQuery(query)
      ? `${query.verb} ${query.group} ${query.resource} ${query.subresource ?? ''} ${query.namespace ?? ''}`
      : `${query.verb} ${query.path}`;
    const known = rights.answers.get(key);
    if (known !== undefined) return known;
    const { decision, byName } = decide(rights, query);
    if (!byName && key.length <= LONGEST_QUESTION) {
      if (rights.answers.size >= ANSWERS) rights.answers.clear();
      rights.answers.set(key, decision);
    }
    return decision;
  }

  /** Every rule that holds for the user in the namespace. */
  rulesFor(user: UserInfo, namespace: string): UserRules {
    const held = heldIn(this.#rightsOf(user), namespace);
    return { rules: held.flatMap(({ rules }) => rules), errors: held.flatMap(({ missing }) => missing ?? []) };
  }

  #rightsOf(user: UserInfo): Rights {
    const { generation } = this.#index;
    const own = this.#byUser.get(user);
    if (own?.generation === generation) return own;
    const name = JSON.stringify([user.name, user.groups]);
    let rights = this.#byName.get(name);
    if (rights?.generation !== generation) {
      rights = this.#workOut(user, generation);
      if (name.length <= LONGEST_NAME) this.#remember(name, rights);
    }
    this.#byUser.set(user, rights);
    return rights;
  }

  #remember(name: string, rights: Rights): void {
    if (this.#byName.size >= USERS && !this.#byName.has(name)) this.#byName.delete(this.#byName.keys().next().value!);
    this.#byName.set(name, rights);
  }

  #workOut(user: UserInfo, generation: number): Rights {
    const everywhere: Held[] = [];
    const within = new Map<string, Held[]>();
    for (const binding of this.#index.bindingsOf(user)) {
      const role = this.#index.role(binding.role, binding.namespace);
      const missing = role === undefined ? missingRole(binding.role) : undefined;
      const held = { binding, rules: role?.rules ?? [], missing };
      if (binding.namespace === '') everywhere.push(held);
      else within.set(binding.namespace, [...(within.get(binding.namespace) ?? []), held]);
    }
    return { generation, everywhere, within, answers: new Map() };
  }
}

const heldIn = ({ everywhere, within }: Rights, namespace: string): readonly Held[] =>
  namespace === '' ? everywhere : [...everywhere, ...(within.get(namespace) ?? [])];

/** `byName`: another name could be answered differently. */
function decide(rights: Rights, query: AuthorizationQuery): { decision: Decision; byName: boolean } {
  const question: AccessQuestion = query;
  const anyName: AccessQuestion = { ...question, name: '' };
  const namespace = isResourceQuery(query) ? (query.namespace ?? '') : '';
  const missing: string[] = [];
  let byName = false;
  for (const held of heldIn(rights, namespace)) {
    if (held.missing !== undefined) missing.push(held.missing);
    for (const rule of held.rules) {
      const named = (rule.resourceNames ?? []).length > 0;
      if (named && ruleAllows({ ...rule, resourceNames: [] }, anyName)) byName = true;
      if (ruleAllows(rule, question))
        return { decision: { allowed: true, reason: grantText(held.binding, query.user) }, byName: named };
    }
  }
  const reason = missing.length === 0 ? {} : { reason: `RBAC: ${missing.length === 1 ? missing[0] : `[${missing.join(', ')}]`}` };
  return { decision: { allowed: false, ...reason }, byName };
}

/** `RBAC: allowed by RoleBinding "b/ns" of Role "r" to Group "g"` (rbac.go, subject_locator.go). */
function grantText(binding: IndexedBinding, user: UserInfo): string {
  const { kind, name, namespace, role, subjects } = binding;
  const subject = subjects.find((each) => {
    if (each.kind === 'Group') return user.groups.includes(each.name);
    if (each.kind === 'User') return user.name === each.name;
    return user.name === `system:serviceaccount:${each.namespace ?? namespace}:${each.name}`;
  });
  const where = namespace === '' ? name : `${name}/${namespace}`;
  const whom =
    subject?.kind === 'ServiceAccount'
      ? `ServiceAccount ${JSON.stringify(`${subject.name}/${subject.namespace ?? namespace}`)}`
      : `${subject?.kind} ${JSON.stringify(subject?.name)}`;
  return `RBAC: allowed by ${kind} ${JSON.stringify(where)} of ${role.kind} ${JSON.stringify(role.name)} to ${whom}`;
}
