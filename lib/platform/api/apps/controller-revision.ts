import { ageColumn, column, countColumn, nameColumn } from '../columns.ts';
import { defineResource } from '../define-resource.ts';
import type { KubeObject } from '../meta.ts';
import { immutable, notNegative, required } from '../validation/causes.ts';

/** `daemonset.apps/web`, or `<none>`. */
function controller({ metadata }: KubeObject): string {
  const owner = metadata.ownerReferences?.find((each) => each.controller === true);
  if (owner === undefined) return '<none>';
  const group = owner.apiVersion.includes('/') ? `.${owner.apiVersion.split('/')[0]}` : '';
  return `${owner.kind.toLowerCase()}${group}/${owner.name}`;
}

/** A state that a stateful or daemon set once had, for going back to it. */
export const controllerRevision = defineResource({
  group: 'apps',
  version: 'v1',
  kind: 'ControllerRevision',
  plural: 'controllerrevisions',
  namespaced: true,
  schema: 'io.k8s.api.apps.v1.ControllerRevision',
  strategy: {
    validate: (object) => [
      ...(object.data === undefined || object.data === null ? [required('data', 'data is mandatory')] : []),
      ...notNegative('revision', object.revision),
    ],
    validateUpdate: (object, old) => immutable('data', object.data, old.data),
  },
  columns: [nameColumn, column('Controller', controller), countColumn('Revision', (object) => object.revision ?? 0), ageColumn],
});
