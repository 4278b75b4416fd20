import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Deployment } from '../../../../../lib/platform/controllers/deployment/deployment-types.ts';
import { planScale } from '../../../../../lib/platform/controllers/deployment/scale-plan.ts';
import type { ReplicaSet } from '../../../../../lib/platform/controllers/replica-set-controller.ts';

const deployment = (replicas: number, maxSurge: number): Deployment => ({
  apiVersion: 'apps/v1',
  kind: 'Deployment',
  metadata: { name: 'web' },
  spec: {
    replicas,
    selector: {},
    template: { spec: { containers: [] } },
    strategy: { type: 'RollingUpdate', rollingUpdate: { maxSurge, maxUnavailable: 0 } },
  },
});
/** `before`: how many its deployment might have when it was sized. */
const set = (name: string, replicas: number, before: number, available = 0): ReplicaSet => ({
  apiVersion: 'apps/v1',
  kind: 'ReplicaSet',
  metadata: {
    name,
    creationTimestamp: `2020-01-01T00:00:0${name.length}Z`,
    annotations: {
      'deployment.kubernetes.io/desired-replicas': String(before),
      'deployment.kubernetes.io/max-replicas': String(before),
    },
  },
  spec: { replicas },
  status: { availableReplicas: available },
});
// [what, deployment, the current set, old ones, the sizes]; the longer a name, the younger the set.
const CASES: [string, Deployment, ReplicaSet | undefined, ReplicaSet[], Record<string, number>][] = [
  ['the only set takes it all', deployment(7, 0), set('new', 3, 3), [set('o', 0, 3)], { new: 7 }],
  ['without any pods the current one does', deployment(7, 0), set('new', 0, 0), [set('o', 0, 0)], { new: 7 }],
  [
    'a whole current set ends the others',
    deployment(5, 0),
    set('new', 5, 5, 5),
    [set('o', 2, 5), set('oo', 1, 5)],
    { o: 0, oo: 0 },
  ],
  ['in proportion, growing', deployment(12, 0), set('new', 5, 10), [set('oo', 3, 10), set('o', 2, 10)], { new: 6, oo: 4, o: 2 }],
  ['in proportion, shrinking', deployment(5, 0), set('new', 2, 10), [set('o', 8, 10)], { new: 1, o: 4 }],
  ['to nothing', deployment(0, 0), set('new', 2, 10), [set('o', 8, 10)], { new: 0, o: 0 }],
  ['the largest takes what does not divide', deployment(6, 0), set('new', 2, 5), [set('o', 3, 5)], { new: 2, o: 4 }],
];
for (const [what, wish, current, old, sizes] of CASES)
  test(what, () => {
    const planned = planScale(wish, { current, old });
    assert.deepEqual(Object.fromEntries(planned.map((step) => [step.set.metadata.name, step.replicas])), sizes);
  });
