import assert from 'node:assert/strict';
import { test } from 'node:test';
import { deployment } from '../../../../../lib/platform/api/apps/deployment.ts';
import { kindCases, WEB_SELECTOR, webTemplate } from '../../../../support/kind-cases.ts';

const cases = kindCases(deployment);
const spec = (more: object = {}): { spec: object } => ({ spec: { selector: WEB_SELECTOR, template: webTemplate(), ...more } });

test('defaults are those of Kubernetes, and no status comes from a client', () => {
  const made = cases.create({ ...spec(), status: { replicas: 7 } });
  const { replicas, strategy, revisionHistoryLimit, progressDeadlineSeconds } = made['spec'];
  assert.deepEqual(
    { replicas, strategy, revisionHistoryLimit, progressDeadlineSeconds },
    {
      replicas: 1,
      strategy: { type: 'RollingUpdate', rollingUpdate: { maxUnavailable: '25%', maxSurge: '25%' } },
      revisionHistoryLimit: 10,
      progressDeadlineSeconds: 600,
    },
  );
  assert.deepEqual(made['status'], {});
  assert.deepEqual(cases.causes(spec()), []);
});

test('each mistake has its cause', () => {
  const table: [object, string[]][] = [
    [{ selector: undefined }, ['spec.selector: Required value']],
    [{ selector: {} }, ['spec.selector: Invalid value: map[string]string{}: empty selector is invalid for deployment']],
    [
      { selector: { matchLabels: { app: 'other' } } },
      [
        'spec.template.metadata.labels: Invalid value: map[string]string{"app":"web"}: `selector` does not match template `labels`',
      ],
    ],
    [
      { selector: { matchExpressions: [{ key: 'app', operator: 'In' }] } },
      ["spec.selector.matchExpressions[0].values: Required value: must be specified when `operator` is 'In' or 'NotIn'"],
    ],
    [
      { template: webTemplate({ restartPolicy: 'Never' }) },
      ['spec.template.spec.restartPolicy: Unsupported value: "Never": supported values: "Always"'],
    ],
    [
      { template: webTemplate({ activeDeadlineSeconds: 3 }) },
      ['spec.template.spec.activeDeadlineSeconds: Forbidden: activeDeadlineSeconds in ReplicaSet is not Supported'],
    ],
    [{ replicas: -1 }, ['spec.replicas: Invalid value: -1: must be greater than or equal to 0']],
    [{ minReadySeconds: 600 }, ['spec.progressDeadlineSeconds: Invalid value: 600: must be greater than minReadySeconds']],
    [
      { strategy: { type: 'Recreate', rollingUpdate: { maxSurge: 1 } } },
      ["spec.strategy.rollingUpdate: Forbidden: may not be specified when strategy `type` is 'Recreate'"],
    ],
    [
      { strategy: { rollingUpdate: { maxSurge: 0, maxUnavailable: 0 } } },
      ['spec.strategy.rollingUpdate.maxUnavailable: Invalid value: 0: may not be 0 when `maxSurge` is 0'],
    ],
    [
      { strategy: { rollingUpdate: { maxUnavailable: '101%' } } },
      ['spec.strategy.rollingUpdate.maxUnavailable: Invalid value: "101%": must not be greater than 100%'],
    ],
  ];
  for (const [more, wanted] of table) assert.deepEqual(cases.causes(spec(more)), wanted);
  assert.match(
    cases.causes(spec({ strategy: { rollingUpdate: { maxSurge: 'many' } } }))[0]!,
    /^spec\.strategy\.rollingUpdate\.maxSurge: Invalid value: "many": a valid percent string/,
  );
});

test('the selector stays; replicas and template may change', () => {
  assert.deepEqual(cases.updateCauses(spec({ replicas: 3, template: webTemplate({ hostname: 'h' }) }), spec()), []);
  const wider = { selector: { matchExpressions: [{ key: 'app', operator: 'Exists' }] } };
  assert.match(cases.updateCauses(spec(wider), spec())[0]!, /^spec\.selector: Invalid value: .*: field is immutable$/);
});

test('a status that cannot be is refused', () => {
  assert.deepEqual(cases.statusCauses({ replicas: 3, readyReplicas: 2, availableReplicas: 2, updatedReplicas: 3 }), []);
  assert.deepEqual(cases.statusCauses({ replicas: 1, readyReplicas: 2, collisionCount: 1 }, { collisionCount: 2 }), [
    'status.readyReplicas: Invalid value: 2: cannot be greater than status.replicas',
    'status.collisionCount: Invalid value: 1: cannot be decremented',
  ]);
});

test('columns', () => {
  const status = { replicas: 3, readyReplicas: 2, updatedReplicas: 1, availableReplicas: 2 };
  assert.deepEqual(cases.row({ ...spec({ replicas: 3 }), status }), ['x', '2/3', 1, 2, '60m', 'web', 'web:1', 'app=web']);
});
