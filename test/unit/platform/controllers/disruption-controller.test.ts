import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { KubeObject } from '../../../../lib/platform/api/meta.ts';
import type { Pod } from '../../../../lib/platform/controllers/core-types.ts';
import { disruptionController } from '../../../../lib/platform/controllers/disruption-controller.ts';
import type { DisruptionBudget } from '../../../../lib/platform/controllers/disruption/disruption-budget.ts';
import { replicaSetController } from '../../../../lib/platform/controllers/replica-set-controller.ts';
import { POD_DISRUPTION_BUDGETS, PODS, refTo, REPLICA_SETS } from '../../../../lib/platform/controllers/resources.ts';
import { eventually } from '../../../support/eventually.ts';
import { letPodsRun } from '../../../support/let-pods-run.ts';
import { type ControllerRig, startControllers } from '../../../support/run-controllers.ts';

const SET: KubeObject = {
  apiVersion: 'apps/v1',
  kind: 'ReplicaSet',
  metadata: { name: 'web', namespace: 'shop' },
  spec: {
    replicas: 4,
    selector: { matchLabels: { app: 'web' } },
    template: { metadata: { labels: { app: 'web' } }, spec: { containers: [] } },
  },
};
const budget = (spec: object): KubeObject => ({
  apiVersion: 'policy/v1',
  kind: 'PodDisruptionBudget',
  metadata: { name: 'web', namespace: 'shop' },
  spec: { selector: { matchLabels: { app: 'web' } }, ...spec },
});
const status = async (rig: ControllerRig): Promise<NonNullable<DisruptionBudget['status']>> =>
  (await rig.list<DisruptionBudget>(POD_DISRUPTION_BUDGETS, 'shop'))[0]?.status ?? {};
const numbers = async (rig: ControllerRig): Promise<unknown[]> => {
  const { disruptionsAllowed, currentHealthy, desiredHealthy, expectedPods } = await status(rig);
  return [disruptionsAllowed, currentHealthy, desiredHealthy, expectedPods];
};

// [the budget, allowed, healthy, desired, expected] of four pods, three of which are ready.
const CASES: [object, number[]][] = [
  [{ minAvailable: 2 }, [1, 3, 2, 4]],
  [{ minAvailable: 3 }, [0, 3, 3, 4]],
  [{ minAvailable: '50%' }, [1, 3, 2, 4]],
  [{ minAvailable: '51%' }, [0, 3, 3, 4]],
  [{ maxUnavailable: 1 }, [0, 3, 3, 4]],
  [{ maxUnavailable: '50%' }, [1, 3, 2, 4]],
  [{ maxUnavailable: 9 }, [3, 3, 0, 4]],
];
for (const [spec, wanted] of CASES)
  test(`${JSON.stringify(spec)} of four pods with three that are ready`, async () => {
    await using rig = startControllers([replicaSetController(), disruptionController()]);
    await rig.create(REPLICA_SETS, SET);
    await rig.create(POD_DISRUPTION_BUDGETS, budget(spec));
    await eventually(async () => assert.equal((await rig.list(PODS, 'shop')).length, 4));
    const [waiting] = await rig.list<Pod>(PODS, 'shop');
    await letPodsRun(rig, 'shop', (pod) => pod.metadata.name !== waiting!.metadata.name);
    await eventually(async () => assert.deepEqual(await numbers(rig), wanted));
    const [condition] = (await status(rig)).conditions!;
    assert.deepEqual(
      [condition!.status, condition!.reason],
      wanted[0]! > 0 ? ['True', 'SufficientPods'] : ['False', 'InsufficientPods'],
    );
  });

test('an eviction that was allowed counts until its pod is gone, or two minutes long', async () => {
  await using rig = startControllers([replicaSetController(), disruptionController()]);
  await rig.create(REPLICA_SETS, SET);
  const made = await rig.create(POD_DISRUPTION_BUDGETS, budget({ minAvailable: 2 }));
  await eventually(async () => assert.equal((await rig.list(PODS, 'shop')).length, 4));
  await letPodsRun(rig, 'shop');
  await eventually(async () => assert.deepEqual(await numbers(rig), [2, 4, 2, 4]));
  const [first, second] = (await rig.list<Pod>(PODS, 'shop')) as [Pod, Pod];
  const now = new Date(rig.verbs.clock.now()).toISOString();
  await rig.setStatus(POD_DISRUPTION_BUDGETS, made, {
    disruptionsAllowed: 0,
    disruptedPods: { [first.metadata.name!]: now, [second.metadata.name!]: now },
  });
  await eventually(async () => assert.deepEqual(await numbers(rig), [0, 2, 2, 4]));
  await rig.verbs.delete(refTo(PODS, first));
  await eventually(async () => assert.deepEqual(Object.keys((await status(rig)).disruptedPods ?? {}), [second.metadata.name]));
  await letPodsRun(rig, 'shop');
  await eventually(async () => assert.deepEqual(await numbers(rig), [1, 3, 2, 4]));
  await rig.verbs.clock.advance(121_000);
  await eventually(async () => assert.deepEqual(await numbers(rig), [2, 4, 2, 4]));
  assert.equal((await status(rig)).disruptedPods, undefined);
});

test('a share of pods whose owner has no size allows nothing, and says why', async () => {
  await using rig = startControllers([disruptionController()]);
  const owner = { apiVersion: 'batch/v1', kind: 'Job', name: 'sum', uid: 'x', controller: true };
  const metadata = { name: 'p', namespace: 'shop', labels: { app: 'web' }, ownerReferences: [owner] };
  await rig.create(PODS, { apiVersion: 'v1', kind: 'Pod', metadata, spec: { containers: [] } });
  await rig.create(POD_DISRUPTION_BUDGETS, budget({ maxUnavailable: 1 }));
  await eventually(async () => {
    const [condition] = (await status(rig)).conditions ?? [];
    assert.deepEqual([condition?.reason, (await status(rig)).disruptionsAllowed], ['SyncFailed', 0]);
    assert.match(condition!.message!, /Job sum of pod p does not implement the scale subresource/);
  });
});
