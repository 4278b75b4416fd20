import { column, nameColumn } from '../columns.ts';
import { defineResource } from '../define-resource.ts';
import type { KubeObject } from '../meta.ts';
import type { StatusCause } from '../status-error.ts';
import { IMMUTABLE_TEXT, invalid, required } from '../validation/causes.ts';

/** user.openshift.io/v1 Identity: somebody as a provider of logins knows them, and whose user that is. */
export interface Identity extends KubeObject {
  providerName?: string;
  providerUserName?: string;
  user?: { name?: string; uid?: string };
  extra?: Record<string, string>;
}

function validate({ metadata, providerName = '', providerUserName = '' }: Identity): StatusCause[] {
  const causes: StatusCause[] = [];
  for (const [field, value] of Object.entries({ providerName, providerUserName })) {
    if (value === '') causes.push(required(field));
    else if (value.includes(':')) causes.push(invalid(field, value, 'may not contain ":"'));
  }
  if (causes.length > 0) return causes;
  const expected = `${providerName}:${providerUserName}`;
  return metadata.name === expected ? [] : [invalid('user.name', metadata.name, `must be ${expected}`)];
}

export const identity = defineResource<Identity>({
  group: 'user.openshift.io',
  version: 'v1',
  kind: 'Identity',
  plural: 'identities',
  namespaced: false,
  schema: 'com.github.openshift.api.user.v1.Identity',
  strategy: {
    nameFormat: 'path',
    validate,
    validateUpdate: (object, old) =>
      (['providerName', 'providerUserName'] as const)
        .filter((field) => object[field] !== old[field])
        .map((field) => invalid(field, object[field], IMMUTABLE_TEXT)),
  },
  columns: [
    nameColumn,
    column('IDP Name', (object) => (object as Identity).providerName ?? ''),
    column('IDP User Name', (object) => (object as Identity).providerUserName ?? ''),
    column('User Name', (object) => (object as Identity).user?.name ?? ''),
    column('User UID', (object) => (object as Identity).user?.uid ?? ''),
  ],
});
