import { type AccessQuestion, defineResource } from '../define-resource.ts';
import type { KubeObject } from '../meta.ts';
import { newInvalid } from '../status-error.ts';
import { invalid } from '../validation/causes.ts';

/** What `kubectl auth can-i` asks: may I do this? */
export const selfSubjectAccessReview = defineResource({
  group: 'authorization.k8s.io',
  version: 'v1',
  kind: 'SelfSubjectAccessReview',
  plural: 'selfsubjectaccessreviews',
  namespaced: false,
  schema: 'io.k8s.api.authorization.v1.SelfSubjectAccessReview',
  verbs: ['create'],
  virtual: {
    async create(review, context) {
      const answer = await context.authorize(context.user, questionOf(review));
      review.status = {
        allowed: answer.allowed,
        ...(answer.denied === true ? { denied: true } : {}),
        ...(answer.reason === undefined || answer.reason === '' ? {} : { reason: answer.reason }),
      };
      return review;
    },
  },
});

function questionOf(review: KubeObject): AccessQuestion {
  const { resourceAttributes, nonResourceAttributes } = review.spec ?? {};
  const exactlyOne = (resourceAttributes === undefined) !== (nonResourceAttributes === undefined);
  if (!exactlyOne)
    throw newInvalid({ group: 'authorization.k8s.io', kind: 'SelfSubjectAccessReview' }, '', [
      invalid(
        resourceAttributes === undefined ? 'spec.resourceAttributes' : 'spec.nonResourceAttributes',
        nonResourceAttributes ?? null,
        resourceAttributes === undefined
          ? 'exactly one of nonResourceAttributes or resourceAttributes must be specified'
          : 'cannot be specified in combination with resourceAttributes',
      ),
    ]);
  if (nonResourceAttributes !== undefined)
    return { verb: nonResourceAttributes.verb ?? '', path: nonResourceAttributes.path ?? '' };
  const { verb = '', group, version, resource, subresource, namespace, name } = resourceAttributes;
  return {
    verb,
    ...(group === undefined ? {} : { group }),
    ...(version === undefined ? {} : { version }),
    ...(resource === undefined ? {} : { resource }),
    ...(subresource === undefined ? {} : { subresource }),
    ...(namespace === undefined ? {} : { namespace }),
    ...(name === undefined ? {} : { name }),
  };
}
