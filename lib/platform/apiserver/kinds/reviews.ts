import type { KubeObject } from '../../api/meta.ts';
import { newBadRequest } from '../../api/status-error.ts';
import type { UserInfo } from '../../api/verbs.ts';
import type { AuthorizationQuery, Authorizer } from '../auth/authorizer.ts';
import type { ServiceAccountTokens } from '../auth/service-account-tokens.ts';
import { ISSUER } from '../auth/service-account-tokens.ts';
import type { ExpectedKind } from '../operations/decode-object.ts';

/** What reviews are answered from. */
export interface ReviewContext {
  readonly user: UserInfo;
  readonly namespace: string | undefined;
  readonly authorizer: Authorizer;
  readonly tokens: ServiceAccountTokens;
}

/** A kind that is asked, not stored: a POST is answered at once with its status filled in. */
export interface Review extends ExpectedKind {
  readonly plural: string;
  readonly namespaced: boolean;
  status(body: KubeObject, context: ReviewContext): Promise<object> | object;
}

const AUTHENTICATION = { group: 'authentication.k8s.io', version: 'v1', namespaced: false } as const;
const AUTHORIZATION = { group: 'authorization.k8s.io', version: 'v1', namespaced: false } as const;

const shownUser = (user: UserInfo): object => ({
  username: user.name,
  ...(user.uid === undefined ? {} : { uid: user.uid }),
  groups: user.groups,
  ...(user.extra === undefined ? {} : { extra: user.extra }),
});

export const reviews: readonly Review[] = [
  {
    ...AUTHENTICATION,
    plural: 'selfsubjectreviews',
    kind: 'SelfSubjectReview',
    schema: 'io.k8s.api.authentication.v1.SelfSubjectReview',
    status: (_body, { user }) => ({ userInfo: shownUser(user) }),
  },
  {
    ...AUTHENTICATION,
    plural: 'tokenreviews',
    kind: 'TokenReview',
    schema: 'io.k8s.api.authentication.v1.TokenReview',
    async status(body, { tokens }) {
      const { token, audiences } = (body.spec ?? {}) as { token?: string; audiences?: string[] };
      const wanted = audiences === undefined || audiences.length === 0 ? [ISSUER] : audiences;
      const user = token === undefined ? undefined : await tokens.authenticate(token, wanted);
      return user === undefined
        ? { user: {}, error: 'invalid bearer token' }
        : { authenticated: true, user: shownUser(user), audiences: wanted };
    },
  },
  {
    ...AUTHORIZATION,
    plural: 'selfsubjectaccessreviews',
    kind: 'SelfSubjectAccessReview',
    schema: 'io.k8s.api.authorization.v1.SelfSubjectAccessReview',
    status: (body, { user, authorizer }) => decisionOf(authorizer, user, body),
  },
  {
    ...AUTHORIZATION,
    plural: 'subjectaccessreviews',
    kind: 'SubjectAccessReview',
    schema: 'io.k8s.api.authorization.v1.SubjectAccessReview',
    status: (body, { authorizer }) => decisionOf(authorizer, subjectOf(body), body),
  },
  {
    ...AUTHORIZATION,
    namespaced: true,
    plural: 'localsubjectaccessreviews',
    kind: 'LocalSubjectAccessReview',
    schema: 'io.k8s.api.authorization.v1.LocalSubjectAccessReview',
    status: (body, { authorizer, namespace }) => {
      if (body.spec?.resourceAttributes?.namespace !== namespace)
        throw newBadRequest('spec.resourceAttributes.namespace must match namespace');
      return decisionOf(authorizer, subjectOf(body), body);
    },
  },
  {
    ...AUTHORIZATION,
    plural: 'selfsubjectrulesreviews',
    kind: 'SelfSubjectRulesReview',
    schema: 'io.k8s.api.authorization.v1.SelfSubjectRulesReview',
    status: (_body, { user }) => rulesOf(user),
  },
];

function subjectOf(body: KubeObject): UserInfo {
  const { user, groups, uid, extra } = (body.spec ?? {}) as {
    user?: string;
    groups?: string[];
    uid?: string;
    extra?: Record<string, string[]>;
  };
  if (!user && (groups ?? []).length === 0) throw newBadRequest('at least one of user or group must be specified');
  return {
    name: user ?? '',
    groups: groups ?? [],
    ...(uid === undefined ? {} : { uid }),
    ...(extra === undefined ? {} : { extra }),
  };
}

function decisionOf(authorizer: Authorizer, user: UserInfo, body: KubeObject): object {
  const decision = authorizer.authorize(queryOf(user, body));
  return { allowed: decision.allowed, ...(decision.reason === undefined ? {} : { reason: decision.reason }) };
}

function queryOf(user: UserInfo, body: KubeObject): AuthorizationQuery {
  const { resourceAttributes, nonResourceAttributes } = (body.spec ?? {}) as {
    resourceAttributes?: Record<string, string>;
    nonResourceAttributes?: { path?: string; verb?: string };
  };
  if ((resourceAttributes === undefined) === (nonResourceAttributes === undefined))
    throw newBadRequest('exactly one of nonResourceAttributes or resourceAttributes must be specified');
  if (resourceAttributes === undefined)
    return { user, verb: nonResourceAttributes?.verb ?? '', path: nonResourceAttributes?.path ?? '' };
  const { verb, group, version, resource, subresource, namespace, name } = resourceAttributes;
  return {
    user,
    verb: verb ?? '',
    group: group ?? '',
    version: version ?? '',
    resource: resource ?? '',
    ...(subresource ? { subresource } : {}),
    ...(namespace ? { namespace } : {}),
    ...(name ? { name } : {}),
  };
}

function rulesOf(user: UserInfo): object {
  const masters = user.groups.includes('system:masters');
  const all = ['*'];
  return {
    resourceRules: masters
      ? [{ verbs: all, apiGroups: all, resources: all }]
      : [
          {
            verbs: ['create'],
            apiGroups: ['authorization.k8s.io'],
            resources: ['selfsubjectaccessreviews', 'selfsubjectrulesreviews'],
          },
          { verbs: ['create'], apiGroups: ['authentication.k8s.io'], resources: ['selfsubjectreviews'] },
        ],
    nonResourceRules: [
      masters
        ? { verbs: all, nonResourceURLs: all }
        : {
            verbs: ['get'],
            nonResourceURLs: [
              '/api',
              '/api/*',
              '/apis',
              '/apis/*',
              '/healthz',
              '/livez',
              '/openapi',
              '/openapi/*',
              '/readyz',
              '/version',
              '/version/',
            ],
          },
    ],
    incomplete: false,
  };
}

export const findReview = (of: { group: string; version: string; resource: string }): Review | undefined =>
  reviews.find((review) => review.group === of.group && review.version === of.version && review.plural === of.resource);
