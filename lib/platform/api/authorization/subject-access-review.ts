import { defineResource } from '../define-resource.ts';
import {
  AUTHORIZATION,
  questionOf,
  statusOf,
  subjectOf,
  validateNoMetadata,
  validateQuestion,
  validateSubject,
} from './access-review.ts';

/** Asked by servers that leave it to this one to decide: may they do this? */
export const subjectAccessReview = defineResource({
  ...AUTHORIZATION,
  kind: 'SubjectAccessReview',
  plural: 'subjectaccessreviews',
  namespaced: false,
  schema: 'io.k8s.api.authorization.v1.SubjectAccessReview',
  strategy: {
    validate: (review) => [...validateQuestion(review), ...validateSubject(review), ...validateNoMetadata(review, false)],
  },
  verbs: ['create'],
  virtual: {
    async create(review, { access }) {
      return { ...review, status: statusOf(await access.authorize(subjectOf(review), questionOf(review))) };
    },
  },
});
