import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { KubeObject } from '../../../../lib/platform/api/meta.ts';
import { scaleTargets } from '../../../../lib/platform/controllers/autoscaling/scale-targets.ts';
import { horizontalPodAutoscalerController } from '../../../../lib/platform/controllers/horizontal-pod-autoscaler-controller.ts';
import { AUTOSCALERS, DEPLOYMENTS, PODS } from '../../../../lib/platform/controllers/resources.ts';
import { eventually } from '../../../support/eventually.ts';
import { type ControllerRig, startControllers } from '../../../support/run-controllers.ts';

const POD_METRICS = { group: 'metrics.k8s.io', version: 'v1beta1', resource: 'pods' };
const KINDS = [{ ...DEPLOYMENTS, kind: 'Deployment', namespaced: true }];
const namespace = 'default';

const autoscaler = (spec: object, name = 'web'): KubeObject => ({
  apiVersion: 'autoscaling/v2',
  kind: 'HorizontalPodAutoscaler',
  metadata: { name, namespace },
  spec: {
    scaleTargetRef: { apiVersion: 'apps/v1', kind: 'Deployment', name: 'web' },
    minReplicas: 1,
    maxReplicas: 10,
    metrics: [{ type: 'Resource', resource: { name: 'cpu', target: { type: 'Utilization', averageUtilization: 50 } } }],
    ...spec,
  },
});

/** A deployment with that many pods, each of which uses so many millicores of the 100 that it requests. */
async function workload(rig: ControllerRig, replicas: number, millicores?: number): Promise<void> {
  await rig.create(DEPLOYMENTS, {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { name: 'web', namespace },
    spec: { replicas },
    // As its scale subresource shows it.
    status: { replicas, selector: 'app=web' },
  });
  for (let i = 0; i < replicas; i++) {
    const started = new Date(rig.verbs.clock.now() - 3_600_000).toISOString();
    await rig.create(PODS, {
      apiVersion: 'v1',
      kind: 'Pod',
      metadata: { name: `web-${i}`, namespace, labels: { app: 'web' } },
      spec: { containers: [{ name: 'app', resources: { requests: { cpu: '100m' } } }] },
      status: {
        phase: 'Running',
        startTime: started,
        conditions: [{ type: 'Ready', status: 'True', lastTransitionTime: started }],
      },
    });
    if (millicores !== undefined) await rig.create(POD_METRICS, usage(rig, `web-${i}`, millicores));
  }
}

const usage = (rig: ControllerRig, name: string, millicores: number): KubeObject => ({
  apiVersion: 'metrics.k8s.io/v1beta1',
  kind: 'PodMetrics',
  metadata: { name, namespace },
  timestamp: new Date(rig.verbs.clock.now()).toISOString(),
  window: '15s',
  containers: [{ name: 'app', usage: { cpu: `${millicores}m`, memory: '1Mi' } }],
});

const replicas = async (rig: ControllerRig): Promise<number> =>
  (await rig.verbs.get({ ...DEPLOYMENTS, namespace, name: 'web' })).spec.replicas;
const status = async (rig: ControllerRig, name = 'web'): Promise<KubeObject['status']> =>
  (await rig.verbs.get({ ...AUTOSCALERS, namespace, name })).status ?? {};
const condition = async (rig: ControllerRig, type: string, name = 'web'): Promise<unknown[]> => {
  const found = (await status(rig, name)).conditions?.find((each: { type: string }) => each.type === type);
  return [found?.status, found?.reason, found?.message];
};
const start = (): ControllerRig => startControllers([horizontalPodAutoscalerController(scaleTargets(KINDS))]);

test('more load, more replicas, told in the status and by an event', async () => {
  await using rig = start();
  await workload(rig, 2, 90);
  await rig.create(AUTOSCALERS, autoscaler({}));
  await eventually(async () => assert.equal(await replicas(rig), 4));
  await eventually(async () => assert.equal((await status(rig)).desiredReplicas, 4));
  const { currentReplicas, currentMetrics, lastScaleTime } = await status(rig);
  assert.equal(currentReplicas, 2);
  assert.deepEqual(currentMetrics, [
    { type: 'Resource', resource: { name: 'cpu', current: { averageUtilization: 90, averageValue: '90m' } } },
  ]);
  assert.ok(lastScaleTime);
  assert.deepEqual(await condition(rig, 'AbleToScale'), [
    'True',
    'SucceededRescale',
    'the HPA controller was able to update the target scale to 4',
  ]);
  assert.deepEqual(await condition(rig, 'ScalingActive'), [
    'True',
    'ValidMetricFound',
    'the HPA was able to successfully calculate a replica count from cpu resource utilization (percentage of request)',
  ]);
  assert.equal((await condition(rig, 'ScalingLimited'))[1], 'DesiredWithinRange');
  await eventually(async () =>
    assert.deepEqual(await rig.events(), [
      'SuccessfulRescale New size: 4; reason: cpu resource utilization (percentage of request) above target',
    ]),
  );
});

test('less load: fewer replicas, five minutes later', async () => {
  await using rig = start();
  await workload(rig, 4, 10);
  await rig.create(AUTOSCALERS, autoscaler({}));
  await eventually(async () => assert.equal((await condition(rig, 'AbleToScale'))[1], 'ScaleDownStabilized'));
  assert.equal(await replicas(rig), 4);
  for (let minute = 0; minute < 4; minute++) await rig.verbs.clock.advance(60_000);
  assert.equal(await replicas(rig), 4);
  await eventually(async () => {
    await rig.verbs.clock.advance(30_000);
    assert.equal(await replicas(rig), 1);
  });
  await eventually(async () =>
    assert.deepEqual(await rig.events(), ['SuccessfulRescale New size: 1; reason: All metrics below target']),
  );
});

for (const [what, count, spec, wanted, reason] of [
  ['below the least', 1, { minReplicas: 3 }, 3, 'Current number of replicas below Spec.MinReplicas'],
  ['above the most', 5, { maxReplicas: 4 }, 4, 'Current number of replicas above Spec.MaxReplicas'],
] as const)
  test(`without a look at metrics: ${what}`, async () => {
    await using rig = start();
    await workload(rig, count);
    await rig.create(AUTOSCALERS, autoscaler(spec));
    await eventually(async () => assert.equal(await replicas(rig), wanted));
    await eventually(async () =>
      assert.deepEqual(await rig.events(), [`SuccessfulRescale New size: ${wanted}; reason: ${reason}`]),
    );
  });

test('a target without replicas is left alone', async () => {
  await using rig = start();
  await workload(rig, 0);
  await rig.create(AUTOSCALERS, autoscaler({}));
  const expected = ['False', 'ScalingDisabled', 'scaling is disabled since the replica count of the target is zero'];
  await eventually(async () => assert.deepEqual(await condition(rig, 'ScalingActive'), expected));
  assert.equal(await replicas(rig), 0);
});

test('without metrics nothing is done, and it is told once', async () => {
  await using rig = start();
  await workload(rig, 2);
  await rig.create(AUTOSCALERS, autoscaler({}));
  const why =
    'failed to get cpu utilization: unable to get metrics for resource cpu: no metrics returned from resource metrics API';
  await eventually(async () =>
    assert.deepEqual(await condition(rig, 'ScalingActive'), [
      'False',
      'FailedGetResourceMetric',
      `the HPA was unable to compute the replica count: ${why}`,
    ]),
  );
  for (let i = 0; i < 4; i++) await rig.verbs.clock.advance(15_000);
  assert.deepEqual(await rig.events(), [
    `FailedGetResourceMetric ${why}`,
    `FailedComputeMetricsReplicas invalid metrics (1 invalid out of 1), first error is: ${why}`,
  ]);
  assert.equal((await status(rig)).currentReplicas, 2);
  assert.equal(await replicas(rig), 2);
  // They come.
  for (const name of ['web-0', 'web-1']) await rig.create(POD_METRICS, usage(rig, name, 200));
  await eventually(async () => {
    await rig.verbs.clock.advance(15_000);
    assert.equal(await replicas(rig), 4);
  });
  assert.equal((await condition(rig, 'ScalingLimited'))[1], 'ScaleUpLimit');
});

test('a target that is not there, or of no kind that is known', async () => {
  await using rig = start();
  await rig.create(AUTOSCALERS, autoscaler({}));
  await eventually(async () => {
    const [is, reason, message] = await condition(rig, 'AbleToScale');
    assert.deepEqual([is, reason], ['False', 'FailedGetScale']);
    assert.match(
      String(message),
      /^the HPA controller was unable to get the target's current scale: deployments\.apps "web" not found$/,
    );
  });
  await rig.create(
    AUTOSCALERS,
    autoscaler({ scaleTargetRef: { apiVersion: 'example.com/v1', kind: 'Thing', name: 'x' } }, 'other'),
  );
  await eventually(async () =>
    assert.match(
      String((await condition(rig, 'AbleToScale', 'other'))[2]),
      /no matches for kind "Thing" in group "example\.com"$/,
    ),
  );
});

test('two autoscalers for the same pods: neither does anything', async () => {
  await using rig = start();
  await workload(rig, 2, 90);
  await rig.create(AUTOSCALERS, autoscaler({ minReplicas: 1 }, 'a'));
  await eventually(async () => assert.equal(await replicas(rig), 4));
  await rig.create(AUTOSCALERS, autoscaler({}, 'b'));
  await eventually(async () => {
    await rig.verbs.clock.advance(15_000);
    for (const name of ['a', 'b'])
      assert.deepEqual(await condition(rig, 'ScalingActive', name), [
        'False',
        'AmbiguousSelector',
        'pods by selector app=web are controlled by multiple HPAs: [default/a default/b]',
      ]);
  });
});

test('metrics of pods and of the world: the highest counts', async () => {
  await using rig = start();
  await workload(rig, 2, 50);
  const custom = (resource: string): { group: string; version: string; resource: string } => ({
    group: 'custom.metrics.k8s.io',
    version: 'v1beta2',
    resource,
  });
  const list = (name: string, values: [string, string][]): KubeObject => ({
    apiVersion: 'custom.metrics.k8s.io/v1beta2',
    kind: 'MetricValueList',
    metadata: { name, namespace },
    items: values.map(([pod, value]) => ({
      describedObject: { name: pod },
      timestamp: new Date(rig.verbs.clock.now()).toISOString(),
      value,
    })),
  });
  await rig.create(
    custom('pods'),
    list('*', [
      ['web-0', '15'],
      ['web-1', '25'],
    ]),
  );
  await rig.create(
    { group: 'external.metrics.k8s.io', version: 'v1beta1', resource: 'queue_length' },
    {
      apiVersion: 'external.metrics.k8s.io/v1beta1',
      kind: 'ExternalMetricValue',
      metadata: { name: 'q', namespace },
      value: '60',
    },
  );
  const requests = { type: 'Pods', pods: { metric: { name: 'requests' }, target: { type: 'AverageValue', averageValue: '10' } } };
  const queue = {
    type: 'External',
    external: { metric: { name: 'queue_length' }, target: { type: 'AverageValue', averageValue: '20' } },
  };
  await rig.create(AUTOSCALERS, autoscaler({ metrics: [requests, queue] }));
  await eventually(async () => assert.equal(await replicas(rig), 4));
  await eventually(async () =>
    assert.deepEqual((await status(rig)).currentMetrics, [
      { type: 'Pods', pods: { metric: { name: 'requests' }, current: { averageValue: '20' } } },
      { type: 'External', external: { metric: { name: 'queue_length' }, current: { averageValue: '30' } } },
    ]),
  );
});

test('a metric of another object, and of the namespace: as a value in all, or as one for each pod', async () => {
  await using rig = start();
  await workload(rig, 2, 50);
  const measured = (resource: string, name: string, value: string) =>
    rig.create(
      { group: 'custom.metrics.k8s.io', version: 'v1beta2', resource },
      {
        apiVersion: 'custom.metrics.k8s.io/v1beta2',
        kind: 'MetricValueList',
        metadata: { name, namespace },
        items: [{ describedObject: { name }, timestamp: new Date(rig.verbs.clock.now()).toISOString(), value }],
      },
    );
  await measured('deployments.apps', 'front', '30');
  await measured('metrics', 'logins', '40');
  const object = (kind: string, name: string, metric: string, target: object) => ({
    type: 'Object',
    object: {
      describedObject: { apiVersion: kind === 'Namespace' ? 'v1' : 'apps/v1', kind, name },
      metric: { name: metric },
      target,
    },
  });
  // Twice what there should be in all: twice the pods. And 40, of which each of three pods should have at most 14.
  const load = object('Deployment', 'front', 'load', { type: 'Value', value: '15' });
  const logins = object('Namespace', namespace, 'logins', { type: 'AverageValue', averageValue: '14' });
  await rig.create(AUTOSCALERS, autoscaler({ metrics: [load, logins] }));
  await eventually(async () => assert.equal(await replicas(rig), 4));
  await eventually(async () =>
    assert.deepEqual(
      (await status(rig)).currentMetrics.map((each: { object: { current: object } }) => each.object.current),
      [{ value: '30' }, { averageValue: '20' }],
    ),
  );
  assert.equal(
    (await condition(rig, 'ScalingActive'))[2],
    'the HPA was able to successfully calculate a replica count from Deployment metric load',
  );
});

test('a metric of an object that is not measured, or of no kind that is known, is told', async () => {
  await using rig = start();
  await workload(rig, 2, 50);
  const of = (describedObject: object) => [
    { type: 'Object', object: { describedObject, metric: { name: 'load' }, target: { type: 'Value', value: '10' } } },
  ];
  await rig.create(AUTOSCALERS, autoscaler({ metrics: of({ apiVersion: 'apps/v1', kind: 'Deployment', name: 'front' }) }));
  await eventually(async () => {
    const [is, reason, message] = await condition(rig, 'ScalingActive');
    assert.deepEqual([is, reason], ['False', 'FailedGetObjectMetric']);
    assert.match(String(message), /unable to get metric load: Deployment on default front/);
  });
  assert.equal(await replicas(rig), 2);
});

const MISSING = { type: 'Pods', pods: { metric: { name: 'requests' }, target: { type: 'AverageValue', averageValue: '10' } } };
const CPU = { type: 'Resource', resource: { name: 'cpu', target: { type: 'Utilization', averageUtilization: 50 } } };

test('a metric that is missing keeps from going down', async () => {
  await using rig = start();
  await workload(rig, 4, 10);
  await rig.create(AUTOSCALERS, autoscaler({ metrics: [CPU, MISSING] }));
  await eventually(async () => assert.equal((await condition(rig, 'ScalingActive'))[1], 'FailedGetPodsMetric'));
  for (let minute = 0; minute < 7; minute++) await rig.verbs.clock.advance(60_000);
  assert.equal(await replicas(rig), 4);
});

test('and not from going up, which is told once', async () => {
  await using rig = start();
  await workload(rig, 2, 90);
  await rig.create(AUTOSCALERS, autoscaler({ maxReplicas: 4, metrics: [CPU, MISSING] }));
  await eventually(async () => assert.equal(await replicas(rig), 4));
  for (let i = 0; i < 4; i++) await rig.verbs.clock.advance(15_000);
  assert.equal((await condition(rig, 'ScalingActive'))[1], 'ValidMetricFound');
  const events = await rig.events();
  assert.equal(
    events.filter((each) => each.startsWith('FailedGetPodsMetric unable to get metric requests: ')).length,
    1,
    events.join(),
  );
});
