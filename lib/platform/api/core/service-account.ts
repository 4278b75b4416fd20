import { ageColumn, countColumn, nameColumn } from '../columns.ts';
import { defineResource } from '../define-resource.ts';
import { tokenRequest } from './token-request.ts';

export const serviceAccount = defineResource({
  group: '',
  version: 'v1',
  kind: 'ServiceAccount',
  plural: 'serviceaccounts',
  shortNames: ['sa'],
  namespaced: true,
  schema: 'io.k8s.api.core.v1.ServiceAccount',
  subresources: { token: tokenRequest },
  columns: [nameColumn, countColumn('Secrets', (object) => (object.secrets ?? []).length), ageColumn],
});
