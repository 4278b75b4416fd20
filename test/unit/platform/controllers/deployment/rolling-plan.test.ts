import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Deployment } from '../../../../../lib/platform/controllers/deployment/deployment-types.ts';
import type { Sets } from '../../../../../lib/platform/controllers/deployment/replica-sets.ts';
import { planRolling } from '../../../../../lib/platform/controllers/deployment/rolling-plan.ts';
import type { ReplicaSet } from '../../../../../lib/platform/controllers/replica-set-controller.ts';

const set = (name: string, replicas: number, availableReplicas: number): ReplicaSet => ({
  apiVersion: 'apps/v1',
  kind: 'ReplicaSet',
  metadata: { name },
  spec: { replicas },
  status: { availableReplicas },
});
const deployment = (replicas: number, maxSurge: number | string, maxUnavailable: number | string): Deployment => ({
  apiVersion: 'apps/v1',
  kind: 'Deployment',
  metadata: { name: 'web' },
  spec: {
    replicas,
    selector: {},
    template: { spec: { containers: [] } },
    strategy: { type: 'RollingUpdate', rollingUpdate: { maxSurge, maxUnavailable } },
  },
});
const sets = (current: [number, number], ...old: [number, number][]): Sets => ({
  current: set('new', ...current),
  old: old.map((one, n) => set(`old${n}`, ...one)),
});

// [what, wanted, surge, unavailable, the sets as [size, available], the steps]
const CASES: [string, Deployment, Sets, Record<string, number>][] = [
  ['grows by the surge first', deployment(10, 3, 2), sets([0, 0], [10, 10]), { new: 3 }],
  ['then gives up what may be missing', deployment(10, 3, 2), sets([3, 0], [10, 10]), { old0: 8 }],
  ['waits where nothing more may be missing', deployment(10, 3, 2), sets([5, 0], [8, 8]), {}],
  ['gives up an old pod for each new one that is available', deployment(10, 3, 2), sets([5, 3], [8, 8]), { old0: 5 }],
  [
    'gives up those that are of no use first, of the oldest set first',
    deployment(4, 0, 1),
    sets([0, 0], [2, 0], [2, 2]),
    { old0: 1 },
  ],
  ['a broken set goes before a healthy one', deployment(4, 1, 1), sets([1, 0], [2, 2], [2, 1]), { old1: 1 }],
  ['surge alone: never fewer than wanted', deployment(3, 1, 0), sets([1, 0], [3, 3]), {}],
  ['surge alone: one for one', deployment(3, 1, 0), sets([1, 1], [3, 3]), { old0: 2 }],
  [
    'percentages are rounded for the safety of both: 25% of 3 is one more and none less',
    deployment(3, '25%', '25%'),
    sets([0, 0], [3, 3]),
    { new: 1 },
  ],
  ['two percentages that come to nothing still let one go', deployment(3, '0%', '1%'), sets([0, 0], [3, 3]), { old0: 2 }],
  ['a current set that is too large shrinks', deployment(2, 1, 1), sets([5, 5]), { new: 2 }],
  ['nothing to do', deployment(2, 1, 1), sets([2, 2], [0, 0]), {}],
  ['to nothing', deployment(0, 1, 1), sets([0, 0], [2, 2]), { old0: 0 }],
];

for (const [what, wish, view, steps] of CASES)
  test(what, () => {
    const planned = planRolling(wish, view).map(({ set: { metadata }, replicas }) => [metadata.name, replicas]);
    assert.deepEqual(Object.fromEntries(planned), steps);
  });

test('from any state every step keeps within both limits, and the end is reached', () => {
  for (let wanted = 1; wanted <= 6; wanted++)
    for (let surge = 0; surge <= 2; surge++)
      for (let unavailable = surge === 0 ? 1 : 0; unavailable <= 2; unavailable++) {
        const wish = deployment(wanted, surge, unavailable);
        let state = sets([0, 0], [wanted, wanted]);
        for (let turn = 0; turn < 60; turn++) {
          const planned = new Map(planRolling(wish, state).map((step) => [step.set.metadata.name, step.replicas]));
          const next = (one: ReplicaSet, ready: number): [number, number] => {
            const size = planned.get(one.metadata.name) ?? one.spec.replicas!;
            return [size, Math.min(size, one.status!.availableReplicas! + ready)];
          };
          // One new pod becomes available each turn where nothing was planned.
          state = sets(next(state.current!, planned.size === 0 ? 1 : 0), next(state.old[0]!, 0));
          const [size, available] = (['replicas', 'availableReplicas'] as const).map((field) =>
            [state.current!, ...state.old].reduce(
              (sum, one) => sum + (field === 'replicas' ? one.spec.replicas! : one.status!.availableReplicas!),
              0,
            ),
          );
          assert.ok(
            size! <= wanted + surge && available! >= wanted - unavailable,
            `${wanted} ${surge} ${unavailable}: ${size} ${available}`,
          );
        }
        assert.deepEqual([state.current!.spec.replicas, state.old[0]!.spec.replicas], [wanted, 0]);
      }
});
