import { defineResource } from '../define-resource.ts';
import { userInfoOf } from './user-info.ts';

/** What `kubectl auth whoami` asks: who am I to you? */
export const selfSubjectReview = defineResource({
  group: 'authentication.k8s.io',
  version: 'v1',
  kind: 'SelfSubjectReview',
  plural: 'selfsubjectreviews',
  namespaced: false,
  schema: 'io.k8s.api.authentication.v1.SelfSubjectReview',
  verbs: ['create'],
  virtual: {
    create(review, context) {
      review.metadata = { ...review.metadata, creationTimestamp: context.now };
      review.status = { userInfo: userInfoOf(context.user) };
      return Promise.resolve(review);
    },
  },
});
