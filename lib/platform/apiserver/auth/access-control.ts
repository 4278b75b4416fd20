import type { AccessQuestion, AccessControl } from '../../api/access-policy.ts';
import type { UserInfo } from '../../api/verbs.ts';
import type { AuthorizationQuery, Authorizer } from './authorizer.ts';
import { nodeNameOf } from './node-identity.ts';
import type { PolicyIndex } from './policy-index.ts';
import type { RbacAuthorizer } from './rbac-authorizer.ts';

/** What kinds may ask about rights, answered by the server's own authorizers. */
export function accessControl(authorizer: Authorizer, rbac: RbacAuthorizer, index: PolicyIndex): AccessControl {
  return {
    authorize: (user, question) => Promise.resolve(authorizer.authorize(queryOf(user, question))),
    rulesFor: (user, namespace) => {
      const rules = rbac.rulesFor(user, namespace);
      const incomplete = 'node authorizer does not support user rule resolution';
      return Promise.resolve(nodeNameOf(user) === undefined ? rules : { ...rules, incomplete });
    },
    whoCan: (question) => Promise.resolve(index.holdersOf(question)),
    roleRules: (role, namespace) => Promise.resolve(index.role(role, namespace)?.rules),
  };
}

/** A kind's question, as authorizers are asked. */
export function queryOf(user: UserInfo, question: AccessQuestion): AuthorizationQuery {
  const { verb, path, group = '', version = '', resource = '', subresource, namespace, name } = question;
  if (path !== undefined) return { user, verb, path };
  return {
    user,
    verb,
    group,
    version,
    resource,
    ...(subresource ? { subresource } : {}),
    ...(namespace ? { namespace } : {}),
    ...(name ? { name } : {}),
  };
}
