import { defineResource } from '../define-resource.ts';
import { newBadRequest } from '../status-error.ts';
import { userInfoOf } from './user-info.ts';

/** Asked by servers that leave it to this one to know tokens: whose is this? */
export const tokenReview = defineResource({
  group: 'authentication.k8s.io',
  version: 'v1',
  kind: 'TokenReview',
  plural: 'tokenreviews',
  namespaced: false,
  schema: 'io.k8s.api.authentication.v1.TokenReview',
  confidential: true,
  verbs: ['create'],
  virtual: {
    async create(review, { authenticate }) {
      const { token = '', audiences = [] } = (review.spec ?? {}) as { token?: string; audiences?: readonly string[] };
      if (token === '') throw newBadRequest('token is required for TokenReview in authentication');
      const found = await authenticate(token, audiences);
      if (found === undefined) return { ...review, status: { user: {}, error: 'invalid bearer token' } };
      return { ...review, status: { authenticated: true, user: userInfoOf(found.user), audiences: found.audiences } };
    },
  },
});
