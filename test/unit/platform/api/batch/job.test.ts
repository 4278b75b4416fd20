import assert from 'node:assert/strict';
import { test } from 'node:test';
import { cronJob } from '../../../../../lib/platform/api/batch/cron-job.ts';
import { countIndexes } from '../../../../../lib/platform/api/batch/job-policy-validation.ts';
import { job } from '../../../../../lib/platform/api/batch/job.ts';
import { kindCases, webTemplate } from '../../../../support/kind-cases.ts';

const cases = kindCases(job);
const template = (spec: object = {}): object => webTemplate({ restartPolicy: 'Never', ...spec });
const spec = (more: object = {}): { spec: object } => ({ spec: { template: template(), ...more } });

test('a job gets a selector of its own, and the defaults of Kubernetes', () => {
  const made = cases.create(spec());
  assert.deepEqual(made['spec'].selector, { matchLabels: { 'batch.kubernetes.io/controller-uid': 'u-1' } });
  assert.deepEqual(made['spec'].template.metadata.labels, {
    'controller-uid': 'u-1',
    'job-name': 'x',
    'batch.kubernetes.io/controller-uid': 'u-1',
    'batch.kubernetes.io/job-name': 'x',
    app: 'web',
  });
  const { completions, parallelism, backoffLimit, completionMode, suspend, podReplacementPolicy } = made['spec'];
  assert.deepEqual(
    { completions, parallelism, backoffLimit, completionMode, suspend, podReplacementPolicy },
    {
      completions: 1,
      parallelism: 1,
      backoffLimit: 6,
      completionMode: 'NonIndexed',
      suspend: false,
      podReplacementPolicy: 'TerminatingOrFailed',
    },
  );
  assert.deepEqual(cases.causes(spec()), []);
});

test('each mistake has its cause', () => {
  const table: [object, string[]][] = [
    [{ template: webTemplate() }, ['spec.template.spec.restartPolicy: Required value: valid values: "OnFailure", "Never"']],
    [{ backoffLimit: -1 }, ['spec.backoffLimit: Invalid value: -1: must be greater than or equal to 0']],
    [{ backoffLimitPerIndex: 1 }, ['spec.backoffLimitPerIndex: Invalid value: 1: requires indexed completion mode']],
    [{ completionMode: 'Indexed', parallelism: 2 }, ['spec.completions: Required value: when completion mode is Indexed']],
    [{ completionMode: 'Some' }, ['spec.completionMode: Unsupported value: "Some": supported values: "NonIndexed", "Indexed"']],
    [
      { podFailurePolicy: { rules: [{ action: 'FailJob' }] } },
      ['spec.podFailurePolicy.rules[0]: Invalid value: specifying one of OnExitCodes and OnPodConditions is required'],
    ],
    [
      { podFailurePolicy: { rules: [{ action: 'Count', onExitCodes: { operator: 'In', values: [3, 0, 3] } }] } },
      [
        'spec.podFailurePolicy.rules[0].onExitCodes.values[1]: Invalid value: 0: must not be 0 for the In operator',
        'spec.podFailurePolicy.rules[0].onExitCodes.values[2]: Duplicate value: 3',
        'spec.podFailurePolicy.rules[0].onExitCodes.values: Invalid value: [3,0,3]: must be ordered',
      ],
    ],
    [
      { completionMode: 'Indexed', completions: 3, successPolicy: { rules: [{ succeededIndexes: '0-1', succeededCount: 3 }] } },
      [
        'spec.successPolicy.rules[0].succeededCount: Invalid value: 3: must be less than or equal to 2 (the number of indexes in the specified succeededIndexes field)',
      ],
    ],
  ];
  for (const [more, wanted] of table) assert.deepEqual(cases.causes(spec(more)), wanted);
  assert.match(
    cases.causes(spec({ selector: { matchLabels: { 'batch.kubernetes.io/controller-uid': 'other' } } }))[0]!,
    /^spec\.selector: Invalid value: .*: `selector` not auto-generated$/,
  );
  const labels = { app: 'web', 'job-name': 'stolen' };
  assert.match(
    cases.causes(spec({ template: { ...template(), metadata: { labels } } }))[0]!,
    /^spec\.template\.metadata\.labels\[job-name\]: .*must be 'x'$/,
  );
});

test('indexes are counted, and their mistakes named', () => {
  assert.equal(countIndexes('0,2-4', 5), 4);
  assert.equal(countIndexes('', 5), 0);
  assert.equal(countIndexes('5', 5), 'too large index: "5"');
  assert.equal(countIndexes('2,1', 5), 'non-increasing order, previous: 2, current: 1');
  assert.equal(countIndexes('a', 5), 'cannot convert string to integer for index: "a"');
});

test('what a job is stays; how many at once, and whether, may change', () => {
  assert.deepEqual(cases.updateCauses({ spec: { ...cases.create(spec())['spec'], parallelism: 4, suspend: true } }, spec()), []);
  assert.match(
    cases.updateCauses({ spec: { ...cases.create(spec())['spec'], completions: 4 } }, spec())[0]!,
    /^spec\.completions: Invalid value: 4: field is immutable$/,
  );
  const { template: made } = cases.create(spec())['spec'];
  const moved = { ...made, spec: { ...made.spec, nodeSelector: { disk: 'ssd' } } };
  const update = (suspend: boolean): string[] =>
    cases.updateCauses({ spec: { ...cases.create(spec({ suspend }))['spec'], template: moved } }, spec({ suspend }));
  assert.match(update(false)[0]!, /^spec\.template: .*field is immutable$/);
  assert.deepEqual(update(true), []);
});

test('an end is whole and stays', () => {
  const complete = [{ type: 'Complete', status: 'True' }];
  const done = { conditions: complete, startTime: '2026-01-01T00:00:00Z', completionTime: '2026-01-01T00:01:00Z', succeeded: 1 };
  assert.deepEqual(cases.statusCauses(done), []);
  assert.deepEqual(cases.statusCauses({ conditions: complete }), [
    'status.completionTime: Required value: completionTime is required for Complete jobs',
    'status.startTime: Required value: startTime is required for finished job',
  ]);
  assert.deepEqual(cases.statusCauses({ succeeded: 0 }, done), [
    'status.conditions: Invalid value: cannot disable the terminal Complete=True condition',
    'status.succeeded: Invalid value: 0: cannot decrease the succeeded counter',
  ]);
});

test('columns of jobs', () => {
  const started = { startTime: '2026-01-01T00:30:00Z' };
  assert.deepEqual(cases.row({ ...spec(), status: started }).slice(0, 5), ['x', 'Running', '0/1', '30m', '60m']);
  const done = { ...started, completionTime: '2026-01-01T00:30:05Z', succeeded: 1 };
  const conditions = [{ type: 'Complete', status: 'True' }];
  assert.deepEqual(cases.row({ ...spec(), status: { ...done, conditions } }).slice(1, 4), ['Complete', '1/1', '5s']);
  assert.deepEqual(cases.row(spec({ parallelism: 3 }))[2], '0/1 of 3');
});

test('cron jobs: defaults, causes, columns', () => {
  const cron = kindCases(cronJob);
  const cronSpec = (more: object = {}): { spec: object } => ({ spec: { schedule: '*/5 * * * *', jobTemplate: spec(), ...more } });
  assert.deepEqual(cron.causes(cronSpec({ timeZone: 'Europe/Berlin' })), []);
  const made = cron.create(cronSpec())['spec'];
  assert.deepEqual(
    [made.concurrencyPolicy, made.suspend, made.successfulJobsHistoryLimit, made.failedJobsHistoryLimit],
    ['Allow', false, 3, 1],
  );
  assert.deepEqual(cron.causes(cronSpec({ schedule: '61 * * * *', timeZone: 'Mars/Base' })), [
    'spec.schedule: Invalid value: "61 * * * *": end of range (61) above maximum (59): 61',
    'spec.timeZone: Invalid value: "Mars/Base": unknown time zone Mars/Base',
  ]);
  assert.deepEqual(cron.causes(cronSpec({ schedule: 'TZ=UTC 0 0 * * *' })), [
    'spec.schedule: Invalid value: "TZ=UTC 0 0 * * *": cannot use TZ or CRON_TZ in schedule, use timeZone field instead',
  ]);
  assert.deepEqual(cron.causes({ ...cronSpec(), metadata: { name: 'a'.repeat(53) } }), [
    `metadata.name: Invalid value: "${'a'.repeat(53)}": must be no more than 52 characters`,
  ]);
  const status = { active: [{}], lastScheduleTime: '2026-01-01T00:58:00Z' };
  assert.deepEqual(cron.row({ ...cronSpec(), status }), [
    'x',
    '*/5 * * * *',
    '<none>',
    'False',
    1,
    '2m',
    '60m',
    'web',
    'web:1',
    '<none>',
  ]);
});
