import { defineResource } from '../define-resource.ts';
import type { KubeObject } from '../meta.ts';
import { newBadRequest, type StatusCause } from '../status-error.ts';
import { invalid } from '../validation/causes.ts';
import {
  AUTHORIZATION,
  questionOf,
  statusOf,
  subjectOf,
  validateNoMetadata,
  validateQuestion,
  validateSubject,
} from './access-review.ts';

function validatePaths({ spec }: KubeObject): StatusCause[] {
  const asked: unknown = spec?.nonResourceAttributes;
  return asked === undefined ? [] : [invalid('spec.nonResourceAttributes', asked, 'disallowed on this kind of request')];
}

/** As a SubjectAccessReview, for who may ask within one namespace only. */
export const localSubjectAccessReview = defineResource({
  ...AUTHORIZATION,
  kind: 'LocalSubjectAccessReview',
  plural: 'localsubjectaccessreviews',
  namespaced: true,
  schema: 'io.k8s.api.authorization.v1.LocalSubjectAccessReview',
  strategy: {
    validate: (review) => [
      ...validateQuestion(review),
      ...validateSubject(review),
      ...validateNoMetadata(review, true),
      ...validatePaths(review),
    ],
  },
  verbs: ['create'],
  virtual: {
    async create(review, { access, namespace }) {
      const question = questionOf(review);
      if (question.namespace !== namespace)
        throw newBadRequest(`spec.resourceAttributes.namespace must match namespace: ${namespace}`);
      return { ...review, status: statusOf(await access.authorize(subjectOf(review), question)) };
    },
  },
});
