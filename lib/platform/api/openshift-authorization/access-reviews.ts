import type { VirtualContext } from '../virtual-resource.ts';
import { defineResource, type ResourceDefinition } from '../define-resource.ts';
import type { KubeObject } from '../meta.ts';
import { type Action, AUTHORIZATION, type Named, questionOf, schemaOf, validateAction } from './authorization-group.ts';
import { response, reviewedNamespace, subjectOf } from './review-access.ts';

/** Whether somebody may do something; about oneself everybody may ask. */
async function reviewSubject(review: Action & Named, kind: string, context: VirtualContext): Promise<KubeObject> {
  const plural = `${kind.toLowerCase()}s`;
  const namespace = await reviewedNamespace(review, { kind, plural, local: 'localsubjectaccessreviews' }, context);
  const { allowed, reason } = await context.access.authorize(subjectOf(review, context), questionOf(review, namespace));
  return response('SubjectAccessReviewResponse', {
    ...(namespace === '' ? {} : { namespace }),
    allowed,
    ...(reason === undefined || reason === '' ? {} : { reason }),
  });
}

/** Who may do something: `oc policy who-can`. */
async function reviewResource(review: Action & Named, kind: string, context: VirtualContext): Promise<KubeObject> {
  const plural = `${kind.toLowerCase()}s`;
  const namespace = await reviewedNamespace(review, { kind, plural, local: 'localresourceaccessreviews' }, context);
  const { users, groups, errors } = await context.access.whoCan(questionOf(review, namespace));
  return response('ResourceAccessReviewResponse', {
    ...(namespace === '' ? {} : { namespace }),
    users,
    groups,
    // As the type spells it.
    evalutionError: errors.join(', '),
  });
}

const define = (kind: string, review: typeof reviewSubject): ResourceDefinition =>
  defineResource<Action>({
    ...AUTHORIZATION,
    kind,
    plural: `${kind.toLowerCase()}s`,
    namespaced: kind.startsWith('Local'),
    schema: schemaOf(kind),
    strategy: { validate: validateAction },
    verbs: ['create'],
    virtual: { judgesAccess: true, create: (body, context) => review(body as Action & Named, kind, context) },
  });

export const subjectAccessReview = define('SubjectAccessReview', reviewSubject);
export const localSubjectAccessReview = define('LocalSubjectAccessReview', reviewSubject);
export const resourceAccessReview = define('ResourceAccessReview', reviewResource);
export const localResourceAccessReview = define('LocalResourceAccessReview', reviewResource);
