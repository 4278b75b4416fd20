import { ageColumn, column, countColumn, nameColumn } from '../columns.ts';
import { defineResource } from '../define-resource.ts';
import type { KubeObject } from '../meta.ts';
import { emptyObject } from '../schema/empty-object.ts';
import type { StatusCause } from '../status-error.ts';
import { notNegative } from '../validation/causes.ts';
import { targets } from './autoscaler-columns.ts';
import { validateAutoscaler } from './autoscaler-validation.ts';

const validateStatus = ({ status = {} }: KubeObject): StatusCause[] =>
  ['currentReplicas', 'desiredReplicas'].flatMap((field) => notNegative(`status.${field}`, status[field]));

/** Stored in version 2; version 1 is another view of it. */
export const horizontalPodAutoscaler = defineResource({
  group: 'autoscaling',
  version: 'v2',
  kind: 'HorizontalPodAutoscaler',
  plural: 'horizontalpodautoscalers',
  shortNames: ['hpa'],
  categories: ['all'],
  namespaced: true,
  schema: 'io.k8s.api.autoscaling.v2.HorizontalPodAutoscaler',
  strategy: {
    generation: false,
    prepareForCreate: (object) => {
      object.status = emptyObject('io.k8s.api.autoscaling.v2.HorizontalPodAutoscalerStatus');
    },
    validate: validateAutoscaler,
  },
  status: { validateUpdate: validateStatus },
  columns: [
    nameColumn,
    column('Reference', ({ spec }) => `${spec?.scaleTargetRef?.kind ?? ''}/${spec?.scaleTargetRef?.name ?? ''}`),
    column('Targets', targets),
    column('MinPods', (object) => String(object.spec?.minReplicas ?? '<unset>')),
    countColumn('MaxPods', (object) => object.spec?.maxReplicas ?? 0),
    countColumn('Replicas', (object) => object.status?.currentReplicas ?? 0),
    ageColumn,
  ],
});
