import { ageColumn, column, humanDuration, nameColumn, wideColumn } from '../columns.ts';
import { templateColumns } from '../core/pod/template-columns.ts';
import { defineResource } from '../define-resource.ts';
import type { KubeObject } from '../meta.ts';
import { labelSelectorCell } from '../selectors/label-selector-text.ts';
import { generateSelector } from './job-labels.ts';
import { jobCondition, validateJobStatus } from './job-status-validation.ts';
import { validateJob, validateJobUpdate } from './job-validation.ts';

function statusText(job: KubeObject): string {
  if (jobCondition(job, 'Complete')) return 'Complete';
  if (jobCondition(job, 'Failed')) return 'Failed';
  if (job.metadata.deletionTimestamp !== undefined) return 'Terminating';
  if (jobCondition(job, 'Suspended')) return 'Suspended';
  if (jobCondition(job, 'FailureTarget')) return 'FailureTarget';
  return jobCondition(job, 'SuccessCriteriaMet') ? 'SuccessCriteriaMet' : 'Running';
}

function completions({ spec = {}, status = {} }: KubeObject): string {
  const done = status.succeeded ?? 0;
  if (spec.completions !== undefined) return `${done}/${spec.completions}`;
  return spec.parallelism > 1 ? `${done}/1 of ${spec.parallelism}` : `${done}/1`;
}

function duration({ status = {} }: KubeObject, now: number): string {
  if (!status.startTime) return '';
  const end = status.completionTime ? Date.parse(status.completionTime) : now;
  return humanDuration(end - Date.parse(status.startTime));
}

export const job = defineResource({
  group: 'batch',
  version: 'v1',
  kind: 'Job',
  plural: 'jobs',
  categories: ['all'],
  namespaced: true,
  schema: 'io.k8s.api.batch.v1.Job',
  strategy: {
    prepareForCreate: (object) => {
      object.status = {};
      generateSelector(object);
    },
    validate: validateJob,
    validateUpdate: validateJobUpdate,
  },
  status: { validateUpdate: validateJobStatus },
  selectableFields: { 'status.successful': (object) => String(object.status?.succeeded ?? 0) },
  columns: [
    nameColumn,
    column('Status', statusText),
    column('Completions', completions),
    column('Duration', duration),
    ageColumn,
    ...templateColumns((object) => object.spec?.template),
    wideColumn('Selector', (object) => labelSelectorCell(object.spec?.selector)),
  ],
});
