import type { UserInfo } from '../../api/verbs.ts';
import { newForbidden, type StatusError } from '../../api/status-error.ts';

/** One question about one request (Kubernetes: authorizer.Attributes). */
export type AuthorizationQuery = ResourceQuery | PathQuery;

export interface ResourceQuery {
  readonly user: UserInfo;
  /** get, list, watch, create, update, patch, delete, deletecollection, impersonate. */
  readonly verb: string;
  readonly group: string;
  readonly version: string;
  readonly resource: string;
  readonly subresource?: string;
  readonly namespace?: string;
  readonly name?: string;
  /** As the client sent it: some may only list what a selector narrows. */
  readonly fieldSelector?: string;
  readonly labelSelector?: string;
}

export interface PathQuery {
  readonly user: UserInfo;
  readonly verb: string;
  readonly path: string;
}

export interface Decision {
  readonly allowed: boolean;
  /** Why; added to a refusal, and told to who asks in a review. */
  readonly reason?: string;
}

/** Decides who may do what. Rules come from wherever an implementation keeps them. */
export interface Authorizer {
  authorize(query: AuthorizationQuery): Decision;
}

/** Whether it is about objects, and not about a path. */
export const isResourceQuery = (query: AuthorizationQuery): query is ResourceQuery => 'resource' in query;

/** Asks each in turn; the first that allows decides. */
export function anyOf(...authorizers: readonly Authorizer[]): Authorizer {
  return {
    authorize(query) {
      let reason: string | undefined;
      for (const authorizer of authorizers) {
        const decision = authorizer.authorize(query);
        if (decision.allowed) return decision;
        reason ??= decision.reason;
      }
      return { allowed: false, ...(reason === undefined ? {} : { reason }) };
    },
  };
}

/** Rejects with Kubernetes' own 403 (endpoints/handlers/responsewriters/errors.go). */
export function requireAllowed(authorizer: Authorizer, query: AuthorizationQuery): void {
  const decision = authorizer.authorize(query);
  if (!decision.allowed) throw forbidden(query, decision.reason);
}

/** The refusal, in Kubernetes' words. */
export function forbidden(query: AuthorizationQuery, reason: string | undefined): StatusError {
  const because = reason === undefined ? '' : `: ${reason}`;
  const user = JSON.stringify(query.user.name);
  if (!isResourceQuery(query)) {
    return newForbidden(
      { group: '', resource: '' },
      '',
      `User ${user} cannot ${query.verb} path ${JSON.stringify(query.path)}${because}`,
    );
  }
  const resource = query.subresource === undefined ? query.resource : `${query.resource}/${query.subresource}`;
  const where = query.namespace === undefined ? 'at the cluster scope' : `in the namespace ${JSON.stringify(query.namespace)}`;
  return newForbidden(
    { group: query.group, resource: query.resource },
    query.name ?? '',
    `User ${user} cannot ${query.verb} resource ${JSON.stringify(resource)} in API group ${JSON.stringify(query.group)} ${where}${because}`,
  );
}
