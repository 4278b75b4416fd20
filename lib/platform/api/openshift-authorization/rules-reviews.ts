import type { VirtualContext } from '../virtual-resource.ts';
import { defineResource } from '../define-resource.ts';
import type { KubeObject } from '../meta.ts';
import type { StatusCause } from '../status-error.ts';
import type { UserInfo } from '../verbs.ts';
import { notSupported, required } from '../validation/causes.ts';
import { AUTHORIZATION, schemaOf } from './authorization-group.ts';

/** The only scope that tokens have. */
const FULL = 'user:full';

function validateScopes({ spec }: KubeObject): StatusCause[] {
  const scopes = (spec?.scopes ?? []) as string[];
  return scopes.flatMap((scope, i) => (scope === FULL ? [] : [notSupported(`spec.scopes[${i}]`, scope, [FULL])]));
}

function validateSubject(review: KubeObject): StatusCause[] {
  const { user = '', groups } = (review.spec ?? {}) as { user?: string; groups?: string[] };
  const named = user !== '' || (groups ?? []).length > 0;
  return [
    ...(named ? [] : [required('spec.user', 'at least one of user and groups must be specified')]),
    ...validateScopes(review),
  ];
}

async function rulesOf(review: KubeObject, user: UserInfo, { access, namespace }: VirtualContext): Promise<KubeObject> {
  const { rules, errors, incomplete } = await access.rulesFor(user, namespace);
  const told = [...errors, ...(incomplete === undefined ? [] : [incomplete])].join(', ');
  const status = { rules: rules.map((rule) => ({ apiGroups: null, resources: null, ...rule })) };
  return { ...review, status: told === '' ? status : { ...status, evaluationError: told } };
}

/** What may I do in this namespace? `oc auth can-i --list` of old clients. */
export const selfSubjectRulesReview = defineResource({
  ...AUTHORIZATION,
  kind: 'SelfSubjectRulesReview',
  plural: 'selfsubjectrulesreviews',
  namespaced: true,
  schema: schemaOf('SelfSubjectRulesReview'),
  strategy: { validate: validateScopes },
  verbs: ['create'],
  virtual: { create: (review, context) => rulesOf(review, context.user, context) },
});

/** What may somebody else do in it? */
export const subjectRulesReview = defineResource({
  ...AUTHORIZATION,
  kind: 'SubjectRulesReview',
  plural: 'subjectrulesreviews',
  namespaced: true,
  schema: schemaOf('SubjectRulesReview'),
  strategy: { validate: validateSubject },
  verbs: ['create'],
  virtual: {
    create: (review, context) => {
      const { user = '', groups } = review.spec as { user?: string; groups?: string[] };
      return rulesOf(review, { name: user, groups: groups ?? [] }, context);
    },
  },
});
