import assert from 'node:assert/strict';
import { test } from 'node:test';
import { limitRange } from '../../../../../lib/platform/api/core/limit-range.ts';
import { podTemplate } from '../../../../../lib/platform/api/core/pod-template.ts';
import { resourceQuota } from '../../../../../lib/platform/api/core/resource-quota.ts';
import { kindCases, webTemplate } from '../../../../support/kind-cases.ts';

test('quotas: names, numbers, scopes, columns', () => {
  const cases = kindCases(resourceQuota);
  const quota = (hard: object, more: object = {}): { spec: object } => ({ spec: { hard, ...more } });
  const fine = { pods: '10', 'requests.cpu': '1', 'limits.memory': '1Gi', 'count/jobs.batch': '3', 'example.com/gpu': '2' };
  assert.deepEqual(cases.causes(quota(fine)), []);
  assert.deepEqual(cases.causes(quota({ pods: '1500m', cpu: '-1', colour: '1' })), [
    'spec.hard[pods]: Invalid value: "1500m": must be an integer',
    'spec.hard[cpu]: Invalid value: "-1": must be greater than or equal to 0',
    'spec.hard[colour]: Invalid value: "colour": must be a standard resource for quotas',
  ]);
  assert.deepEqual(cases.causes(quota({ cpu: '1' }, { scopes: ['BestEffort', 'Never'] })), [
    'spec.scopes: Invalid value: "Never": unsupported scope',
    'spec.scopes: Invalid value: "BestEffort": unsupported scope applied to resource: cpu',
  ]);
  const matchExpressions = [{ scopeName: 'PriorityClass', operator: 'In' }];
  assert.match(
    cases.causes(quota({ pods: '1' }, { scopeSelector: { matchExpressions } }))[0]!,
    /^spec\.scopeSelector\.matchExpressions\.values: Required value: must be at least one value/,
  );
  assert.match(
    cases.updateCauses(quota({ pods: '1' }, { scopes: ['Terminating'] }), quota({ pods: '1' }))[0]!,
    /^spec\.scopes: .*field is immutable$/,
  );
  const status = { hard: { pods: '2', 'limits.cpu': '1', cpu: '3' }, used: { pods: '1', 'limits.cpu': '500m' } };
  assert.deepEqual(cases.row({ ...quota({}), status }), ['x', 'cpu: 0/3, pods: 1/2', 'limits.cpu: 500m/1', '60m']);
});

test('limit ranges: each value within the others', () => {
  const cases = kindCases(limitRange);
  const limits = (item: object): string[] => cases.causes({ spec: { limits: [item] } });
  assert.deepEqual(
    limits({
      type: 'Container',
      min: { cpu: '1m' },
      defaultRequest: { cpu: '10m' },
      default: { cpu: '100m' },
      max: { cpu: '1' },
    }),
    [],
  );
  assert.deepEqual(limits({ type: 'Container', min: { cpu: '2' }, max: { cpu: '1' } }), [
    'spec.limits[0].min[cpu]: Invalid value: "2": min value 2 is greater than max value 1',
  ]);
  assert.deepEqual(limits({ type: 'Container', defaultRequest: { cpu: '2' }, default: { cpu: '1' } }), [
    'spec.limits[0].defaultRequest[cpu]: Invalid value: "2": default request value 2 is greater than default limit value 1',
  ]);
  assert.deepEqual(limits({ type: 'Pod', default: { cpu: '1' } }), [
    "spec.limits[0].default: Forbidden: may not be specified when `type` is 'Pod'",
  ]);
  assert.deepEqual(limits({ type: 'PersistentVolumeClaim' }), [
    'spec.limits[0].limits: Required value: either minimum or maximum storage value is required, but neither was provided',
  ]);
  assert.deepEqual(limits({ type: 'Everything' }), [
    'spec.limits[0].type: Invalid value: "Everything": must be a standard limit type or fully qualified',
  ]);
  assert.deepEqual(limits({ type: 'Container', maxLimitRequestRatio: { cpu: '500m' } }), [
    'spec.limits[0].maxLimitRequestRatio[cpu]: Invalid value: "500m": ratio 500m is less than 1',
  ]);
  assert.deepEqual(cases.row({}), ['x', '2026-01-01T00:00:00Z']);
});

test('pod templates are judged as those of controllers', () => {
  const cases = kindCases(podTemplate);
  assert.deepEqual(cases.causes({ template: webTemplate() }), []);
  assert.deepEqual(cases.causes({ template: webTemplate({ containers: [] }) }), ['template.spec.containers: Required value']);
  assert.deepEqual(cases.row({ template: webTemplate() }), ['x', 'web', 'web:1', 'app=web']);
});
