import type { KubeObject } from './meta.ts';
import type { UserInfo } from './verbs.ts';

/** What may be done (rbac/v1 PolicyRule): verbs on resources of groups, maybe only on some names, or verbs on paths. */
export interface PolicyRule {
  readonly verbs: readonly string[];
  readonly apiGroups?: readonly string[];
  readonly resources?: readonly string[];
  readonly resourceNames?: readonly string[];
  readonly nonResourceURLs?: readonly string[];
}

/** Whom a binding means (rbac/v1 Subject). */
export interface PolicySubject {
  readonly kind: string;
  readonly apiGroup?: string;
  readonly name: string;
  readonly namespace?: string;
}

/** Which role a binding grants (rbac/v1 RoleRef). */
export interface RoleReference {
  readonly apiGroup: string;
  readonly kind: string;
  readonly name: string;
}

/** A role granted to subjects: in the binding's own namespace, or everywhere when it has none. */
export interface PolicyGrant {
  readonly subjects: readonly PolicySubject[];
  readonly role: RoleReference;
}

/** What an object of a kind says about who may do what. The authorizer reads every kind that has it, and knows no name. */
export type PolicySource =
  | { readonly holds: 'rules'; rules(object: KubeObject): readonly PolicyRule[] }
  | { readonly holds: 'grant'; grant(object: KubeObject): PolicyGrant };

/** Rules that hold for a user; `errors` names roles that bindings grant and that are not there. */
export interface UserRules {
  readonly rules: readonly PolicyRule[];
  readonly errors: readonly string[];
  /** Why there may be more than `rules` tells: an authorizer that goes by no rules. */
  readonly incomplete?: string;
}

/** What is asked of an authorizer (authorization.k8s.io/v1 ResourceAttributes and NonResourceAttributes). */
export interface AccessQuestion {
  readonly verb: string;
  readonly group?: string;
  readonly version?: string;
  readonly resource?: string;
  readonly subresource?: string;
  readonly namespace?: string;
  readonly name?: string;
  /** For requests that are about no resource, e.g. `/healthz`. */
  readonly path?: string;
}

export interface AccessAnswer {
  readonly allowed: boolean;
  readonly denied?: boolean;
  readonly reason?: string;
}

/** What kinds may ask about rights. */
export interface AccessControl {
  authorize(user: UserInfo, question: AccessQuestion): Promise<AccessAnswer>;
  /** Every rule that holds for the user in the namespace; '' asks for what holds everywhere. */
  rulesFor(user: UserInfo, namespace: string): Promise<UserRules>;
  /** Whom bindings give what is asked: users (service accounts by their user names) and groups, sorted. `errors` names roles that are not there. */
  whoCan(question: AccessQuestion): Promise<{
    readonly users: readonly string[];
    readonly groups: readonly string[];
    readonly errors: readonly string[];
  }>;
  /** The rules of a role as a binding in that namespace would grant them; undefined when there is no such role. */
  roleRules(role: RoleReference, namespace: string): Promise<readonly PolicyRule[] | undefined>;
}
