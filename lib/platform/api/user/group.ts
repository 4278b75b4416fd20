import { column, nameColumn } from '../columns.ts';
import { defineResource } from '../define-resource.ts';
import type { KubeObject } from '../meta.ts';
import type { StatusCause } from '../status-error.ts';
import { required } from '../validation/causes.ts';
import { nameCauses } from './user-names.ts';

/** user.openshift.io/v1 Group: users by their names, whether or not they have ever been here. */
export interface Group extends KubeObject {
  users?: string[];
}

function validate({ metadata, users = [] }: Group): StatusCause[] {
  const causes = nameCauses('metadata.name', metadata.name ?? '');
  for (const [i, name] of users.entries())
    causes.push(...(name === '' ? [required(`users[${i}]`)] : nameCauses(`users[${i}]`, name)));
  return causes;
}

export const group = defineResource<Group>({
  group: 'user.openshift.io',
  version: 'v1',
  kind: 'Group',
  plural: 'groups',
  namespaced: false,
  schema: 'com.github.openshift.api.user.v1.Group',
  strategy: { nameFormat: 'path', validate },
  columns: [nameColumn, column('Users', (object) => ((object as Group).users ?? []).join(', '))],
});
