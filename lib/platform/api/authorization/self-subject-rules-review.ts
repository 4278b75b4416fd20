import type { PolicyRule } from '../access-policy.ts';
import { defineResource } from '../define-resource.ts';
import { newBadRequest } from '../status-error.ts';
import { AUTHORIZATION } from './access-review.ts';

/** What `kubectl auth can-i --list` asks: what may I do in this namespace? */
export const selfSubjectRulesReview = defineResource({
  ...AUTHORIZATION,
  kind: 'SelfSubjectRulesReview',
  plural: 'selfsubjectrulesreviews',
  namespaced: false,
  schema: 'io.k8s.api.authorization.v1.SelfSubjectRulesReview',
  verbs: ['create'],
  virtual: {
    async create(review, { access, user }) {
      const namespace: string = review.spec?.namespace ?? '';
      if (namespace === '') throw newBadRequest('no namespace on request');
      const { rules, errors, incomplete } = await access.rulesFor(user, namespace);
      const told = [...errors, ...(incomplete === undefined ? [] : [incomplete])];
      return {
        ...review,
        status: {
          resourceRules: rules.filter(({ resources = [] }) => resources.length > 0).map(resourceRule),
          nonResourceRules: rules
            .filter(({ nonResourceURLs = [] }) => nonResourceURLs.length > 0)
            .map(({ verbs, nonResourceURLs }) => ({ verbs, nonResourceURLs })),
          incomplete: told.length > 0,
          ...(told.length === 0 ? {} : { evaluationError: told.join(', ') }),
        },
      };
    },
  },
});

const resourceRule = ({ verbs, apiGroups = [], resources = [], resourceNames = [] }: PolicyRule): object => ({
  verbs,
  apiGroups,
  resources,
  ...(resourceNames.length === 0 ? {} : { resourceNames }),
});
