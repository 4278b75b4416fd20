import assert from 'node:assert/strict';
import { test } from 'node:test';
import { horizontalPodAutoscaler } from '../../../../../lib/platform/api/autoscaling/horizontal-pod-autoscaler.ts';
import { horizontalPodAutoscalerV1 } from '../../../../../lib/platform/api/autoscaling/horizontal-pod-autoscaler-v1.ts';
import type { KubeObject } from '../../../../../lib/platform/api/meta.ts';
import { kindCases } from '../../../../support/kind-cases.ts';

const cases = kindCases(horizontalPodAutoscaler);
const TARGET = { apiVersion: 'apps/v1', kind: 'Deployment', name: 'web' };
const spec = (more: object = {}): { spec: object } => ({ spec: { scaleTargetRef: TARGET, maxReplicas: 5, ...more } });
const CPU = { type: 'Resource', resource: { name: 'cpu', target: { type: 'Utilization', averageUtilization: 60 } } };
const PODS = { type: 'Pods', pods: { metric: { name: 'qps' }, target: { type: 'AverageValue', averageValue: '10' } } };

test('without metrics the CPU is looked at; behaviour is completed', () => {
  const made = cases.create(spec({ behavior: { scaleDown: { stabilizationWindowSeconds: 60 } } }))['spec'];
  assert.deepEqual(made.metrics, [
    { type: 'Resource', resource: { name: 'cpu', target: { type: 'Utilization', averageUtilization: 80 } } },
  ]);
  assert.equal(made.minReplicas, 1);
  assert.deepEqual(made.behavior.scaleDown, {
    policies: [{ type: 'Percent', value: 100, periodSeconds: 15 }],
    selectPolicy: 'Max',
    stabilizationWindowSeconds: 60,
  });
  assert.equal(made.behavior.scaleUp.policies.length, 2);
});

test('each mistake has its cause', () => {
  const table: [object, string[]][] = [
    [{}, []],
    [{ minReplicas: 6 }, ['spec.maxReplicas: Invalid value: 5: must be greater than or equal to `minReplicas`']],
    [{ minReplicas: 0 }, ['spec.minReplicas: Invalid value: 0: must be greater than or equal to 1']],
    [{ scaleTargetRef: { kind: 'Deployment' } }, ['spec.scaleTargetRef.name: Required value']],
    [
      { metrics: [{ type: 'Resource' }] },
      ['spec.metrics[0].resource: Required value: must populate information for the given metric source'],
    ],
    [
      { metrics: [{ type: 'Weather' }] },
      [
        'spec.metrics[0].type: Unsupported value: "Weather": supported values: "ContainerResource", "External", "Object", "Pods", "Resource"',
      ],
    ],
    [{ metrics: [{ ...CPU, pods: PODS.pods }] }, ['spec.metrics[0].pods: Forbidden: must populate the given metric source only']],
    [
      { behavior: { scaleUp: { stabilizationWindowSeconds: 3601, policies: [{ type: 'Pods', value: 0, periodSeconds: 15 }] } } },
      [
        'spec.behavior.scaleUp.stabilizationWindowSeconds: Invalid value: 3601: must be less than or equal to 3600',
        'spec.behavior.scaleUp.policies[0].value: Invalid value: 0: must be greater than zero',
      ],
    ],
  ];
  for (const [more, wanted] of table) assert.deepEqual(cases.causes(spec(more)), wanted);
});

test('columns', () => {
  const current = { type: 'Resource', resource: { name: 'cpu', current: { averageUtilization: 40, averageValue: '1' } } };
  assert.deepEqual(cases.row({ ...spec({ metrics: [CPU] }), status: { currentReplicas: 2, currentMetrics: [current] } }), [
    'x',
    'Deployment/web',
    'cpu: 40%/60%',
    '1',
    5,
    2,
    '60m',
  ]);
  assert.equal(cases.row(spec({ metrics: [CPU, PODS, PODS] }))[2], 'cpu: <unknown>/60%, <unknown>/10 + 1 more...');
});

const { toStored, fromStored } = horizontalPodAutoscalerV1.conversion!;

test('version 1 shows the CPU and keeps everything else in annotations; nothing is lost on the way', () => {
  const conditions = [{ type: 'AbleToScale', status: 'True' }];
  const behavior = { scaleUp: { selectPolicy: 'Min' } };
  const external = {
    type: 'External',
    external: { metric: { name: 'queue', selector: { matchLabels: { a: 'b' } } }, target: { type: 'Value', value: '30' } },
  };
  const container = {
    type: 'ContainerResource',
    containerResource: { name: 'memory', container: 'web', target: { type: 'AverageValue', averageValue: '1Gi' } },
  };
  const object = {
    type: 'Object',
    object: { describedObject: TARGET, metric: { name: 'hits' }, target: { type: 'Value', value: '2k' } },
  };
  const current = [
    { type: 'Resource', resource: { name: 'cpu', current: { averageUtilization: 40, averageValue: '1' } } },
    { type: 'Pods', pods: { metric: { name: 'qps' }, current: { averageValue: '7' } } },
  ];
  const stored: KubeObject = {
    apiVersion: 'autoscaling/v2',
    kind: 'HorizontalPodAutoscaler',
    metadata: { name: 'x', annotations: { mine: 'kept' } },
    spec: { scaleTargetRef: TARGET, minReplicas: 1, maxReplicas: 5, metrics: [PODS, external, container, object, CPU], behavior },
    status: { desiredReplicas: 2, currentReplicas: 2, currentMetrics: current, conditions },
  };
  const shown = fromStored(structuredClone(stored));
  assert.deepEqual(
    [shown['spec'].targetCPUUtilizationPercentage, shown['status'].currentCPUUtilizationPercentage, shown['spec'].metrics],
    [60, 40, undefined],
  );
  assert.equal(
    JSON.parse(shown.metadata.annotations!['autoscaling.alpha.kubernetes.io/metrics']!)[0].pods.targetAverageValue,
    '10',
  );
  assert.deepEqual(toStored(structuredClone(shown)), stored);
});

test('an annotation that is no JSON is refused', () => {
  const annotations = { 'autoscaling.alpha.kubernetes.io/metrics': '{nonsense' };
  const object = {
    apiVersion: 'autoscaling/v1',
    kind: 'HorizontalPodAutoscaler',
    metadata: { name: 'x', annotations },
    spec: {},
  };
  assert.throws(() => toStored(object), {
    reason: 'BadRequest',
    message: /annotation autoscaling\.alpha\.kubernetes\.io\/metrics/,
  });
});
