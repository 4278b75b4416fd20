import { defineResource } from '../define-resource.ts';

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
      const { name, uid, groups, extra } = context.user;
      review.metadata = { ...review.metadata, creationTimestamp: context.now };
      review.status = {
        userInfo: {
          username: name,
          ...(uid === undefined ? {} : { uid }),
          ...(groups.length === 0 ? {} : { groups: [...groups] }),
          ...(extra === undefined ? {} : { extra: { ...extra } }),
        },
      };
      return Promise.resolve(review);
    },
  },
});
