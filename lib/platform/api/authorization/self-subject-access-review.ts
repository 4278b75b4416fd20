import { defineResource } from '../define-resource.ts';
import { AUTHORIZATION, questionOf, statusOf, validateNoMetadata, validateQuestion } from './access-review.ts';

/** What `kubectl auth can-i` asks: may I do this? */
export const selfSubjectAccessReview = defineResource({
  ...AUTHORIZATION,
  kind: 'SelfSubjectAccessReview',
  plural: 'selfsubjectaccessreviews',
  namespaced: false,
  schema: 'io.k8s.api.authorization.v1.SelfSubjectAccessReview',
  strategy: { validate: (review) => [...validateQuestion(review), ...validateNoMetadata(review, false)] },
  verbs: ['create'],
  virtual: {
    async create(review, { access, user }) {
      return { ...review, status: statusOf(await access.authorize(user, questionOf(review))) };
    },
  },
});
