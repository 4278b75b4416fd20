import { ageColumn, countColumn, nameColumn } from '../columns.ts';
import { defineResource } from '../define-resource.ts';

/** autoscaling/v1 Scale: what the `scale` subresource of every kind that has one answers. It is never stored, nor served by itself. */
export const scale = defineResource({
  group: 'autoscaling',
  version: 'v1',
  kind: 'Scale',
  plural: 'scales',
  namespaced: true,
  schema: 'io.k8s.api.autoscaling.v1.Scale',
  columns: [
    nameColumn,
    countColumn('Desired', ({ spec }) => spec?.replicas ?? 0),
    countColumn('Available', ({ status }) => status?.replicas ?? 0),
    ageColumn,
  ],
});
