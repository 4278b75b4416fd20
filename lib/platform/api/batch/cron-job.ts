import { age, ageColumn, column, countColumn, nameColumn, wideColumn } from '../columns.ts';
import { templateColumns } from '../core/pod/template-columns.ts';
import { isTimeZone } from '../cron/next-time.ts';
import { parseSchedule } from '../cron/parse-schedule.ts';
import { defineResource } from '../define-resource.ts';
import type { KubeObject } from '../meta.ts';
import { labelSelectorCell } from '../selectors/label-selector-text.ts';
import type { StatusCause } from '../status-error.ts';
import { invalid, notNegative, notSupported, oneOf, required } from '../validation/causes.ts';
import { validateJobSpec } from './job-validation.ts';

/** A job's name is the cron job's with eleven letters of time behind it, and has room for 63. */
const MAX_NAME = 52;

function validate({ metadata, spec = {} }: KubeObject): StatusCause[] {
  const causes = validateSchedule(spec.schedule ?? '');
  causes.push(
    ...notNegative('spec.startingDeadlineSeconds', spec.startingDeadlineSeconds),
    ...validateTimeZone(spec.timeZone),
    ...oneOf('spec.concurrencyPolicy', spec.concurrencyPolicy, ['Allow', 'Forbid', 'Replace']),
    ...validateJobTemplate(spec.jobTemplate?.spec ?? {}),
    ...notNegative('spec.successfulJobsHistoryLimit', spec.successfulJobsHistoryLimit),
    ...notNegative('spec.failedJobsHistoryLimit', spec.failedJobsHistoryLimit),
  );
  if ((metadata.name ?? '').length > MAX_NAME)
    causes.push(invalid('metadata.name', metadata.name, `must be no more than ${MAX_NAME} characters`));
  return causes;
}

function validateSchedule(schedule: string): StatusCause[] {
  if (schedule === '') return [required('spec.schedule')];
  if (schedule.includes('TZ'))
    return [invalid('spec.schedule', schedule, 'cannot use TZ or CRON_TZ in schedule, use timeZone field instead')];
  try {
    parseSchedule(schedule);
    return [];
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
    return [invalid('spec.schedule', schedule, error.message)];
  }
}

const ZONE_PART = /^[A-Za-z._0-9+-]{1,14}$/;

function validateTimeZone(zone: string | undefined): StatusCause[] {
  if (zone === undefined) return [];
  if (zone === '') return [invalid('spec.timeZone', zone, 'timeZone must be nil or non-empty string')];
  if (zone.toLowerCase() === 'local')
    return [
      invalid('spec.timeZone', zone, 'timeZone must be an explicit time zone as defined in https://www.iana.org/time-zones'),
    ];
  const wellFormed = zone.split('/').every((part) => ZONE_PART.test(part) && !/^(\.{1,2}$|-)/.test(part));
  return wellFormed && isTimeZone(zone) ? [] : [invalid('spec.timeZone', zone, `unknown time zone ${zone}`)];
}

function validateJobTemplate(spec: Record<string, unknown>): StatusCause[] {
  const path = 'spec.jobTemplate.spec';
  const causes = validateJobSpec(spec, path);
  if (spec.selector !== undefined) causes.push(invalid(`${path}.selector`, spec.selector, '`selector` will be auto-generated'));
  if (spec.manualSelector === true) causes.push(notSupported(`${path}.manualSelector`, true, ['nil', 'false']));
  return causes;
}

export const cronJob = defineResource({
  group: 'batch',
  version: 'v1',
  kind: 'CronJob',
  plural: 'cronjobs',
  shortNames: ['cj'],
  categories: ['all'],
  namespaced: true,
  schema: 'io.k8s.api.batch.v1.CronJob',
  strategy: {
    prepareForCreate: (object) => {
      object.status = {};
    },
    validate,
  },
  status: true,
  columns: [
    nameColumn,
    column('Schedule', (object) => object.spec?.schedule ?? ''),
    column('Timezone', (object) => object.spec?.timeZone ?? '<none>'),
    column('Suspend', ({ spec }) => (spec?.suspend === true ? 'True' : spec?.suspend === false ? 'False' : '<unset>')),
    countColumn('Active', (object) => (object.status?.active ?? []).length),
    column('Last Schedule', ({ status }, now) => (status?.lastScheduleTime ? age(status.lastScheduleTime, now) : '<none>')),
    ageColumn,
    ...templateColumns((object) => object.spec?.jobTemplate?.spec?.template),
    wideColumn('Selector', (object) => labelSelectorCell(object.spec?.jobTemplate?.spec?.selector)),
  ],
});
