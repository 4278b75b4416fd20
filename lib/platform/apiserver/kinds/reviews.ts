import { defineResource, type ResourceDefinition, type VirtualResource } from '../../api/define-resource.ts';
import type { KubeObject } from '../../api/meta.ts';
import { newBadRequest } from '../../api/status-error.ts';
import type { UserInfo } from '../../api/verbs.ts';
import { ISSUER, type ServiceAccountTokens } from '../auth/service-account-tokens.ts';

type VirtualContext = Parameters<VirtualResource['create']>[1];

const review = (
  group: string,
  kind: string,
  namespaced: boolean,
  status: (body: KubeObject, context: VirtualContext) => Promise<object>,
): ResourceDefinition =>
  defineResource({
    group,
    version: 'v1',
    kind,
    plural: `${kind.toLowerCase()}s`,
    namespaced,
    schema: `io.k8s.api.${group.split('.')[0]}.v1.${kind}`,
    verbs: ['create'],
    virtual: { create: async (body, context) => ({ ...body, status: await status(body, context) }) },
  });

/** Questions whose answers lie in the server itself: its tokens, and what others may do. */
export const reviewResources = (tokens: ServiceAccountTokens): readonly ResourceDefinition[] => [
  review('authentication.k8s.io', 'TokenReview', false, async ({ spec }) => {
    const { token, audiences } = (spec ?? {}) as { token?: string; audiences?: string[] };
    const wanted = audiences === undefined || audiences.length === 0 ? [ISSUER] : audiences;
    const user = token === undefined ? undefined : await tokens.authenticate(token, wanted);
    if (user === undefined) return { user: {}, error: 'invalid bearer token' };
    const { name: username, uid, groups, extra } = user;
    return {
      authenticated: true,
      user: { username, ...(uid === undefined ? {} : { uid }), groups, ...(extra === undefined ? {} : { extra }) },
      audiences: wanted,
    };
  }),
  review('authorization.k8s.io', 'SubjectAccessReview', false, (body, context) => decide(body, context)),
  review('authorization.k8s.io', 'LocalSubjectAccessReview', true, (body, context) => {
    if (body.spec?.resourceAttributes?.namespace !== context.namespace)
      throw newBadRequest('spec.resourceAttributes.namespace must match namespace');
    return decide(body, context);
  }),
  review('authorization.k8s.io', 'SelfSubjectRulesReview', false, (_body, { user }) => Promise.resolve(rulesOf(user))),
];

async function decide({ spec }: KubeObject, { authorize }: VirtualContext): Promise<object> {
  const { user, groups, resourceAttributes, nonResourceAttributes } = (spec ?? {}) as {
    user?: string;
    groups?: string[];
    resourceAttributes?: { verb?: string };
    nonResourceAttributes?: { verb?: string; path?: string };
  };
  if (!user && (groups ?? []).length === 0) throw newBadRequest('at least one of user or group must be specified');
  if ((resourceAttributes === undefined) === (nonResourceAttributes === undefined))
    throw newBadRequest('exactly one of nonResourceAttributes or resourceAttributes must be specified');
  const question =
    resourceAttributes === undefined
      ? { verb: nonResourceAttributes?.verb ?? '', path: nonResourceAttributes?.path ?? '' }
      : { ...resourceAttributes, verb: resourceAttributes.verb ?? '' };
  const { allowed, reason } = await authorize({ name: user ?? '', groups: groups ?? [] }, question);
  return { allowed, ...(reason === undefined ? {} : { reason }) };
}

const ALL = ['*'];
const DISCOVERY = [
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
];

function rulesOf({ groups }: UserInfo): object {
  if (groups.includes('system:masters'))
    return {
      resourceRules: [{ verbs: ALL, apiGroups: ALL, resources: ALL }],
      nonResourceRules: [{ verbs: ALL, nonResourceURLs: ALL }],
      incomplete: false,
    };
  return {
    resourceRules: [
      {
        verbs: ['create'],
        apiGroups: ['authorization.k8s.io'],
        resources: ['selfsubjectaccessreviews', 'selfsubjectrulesreviews'],
      },
      { verbs: ['create'], apiGroups: ['authentication.k8s.io'], resources: ['selfsubjectreviews'] },
    ],
    nonResourceRules: [{ verbs: ['get'], nonResourceURLs: DISCOVERY }],
    incomplete: false,
  };
}
