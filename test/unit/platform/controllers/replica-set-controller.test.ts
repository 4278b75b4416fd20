import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { KubeObject } from '../../../../lib/platform/api/meta.ts';
import type { Pod } from '../../../../lib/platform/controllers/core-types.ts';
import { replicaSetController } from '../../../../lib/platform/controllers/replica-set-controller.ts';
import { PODS, REPLICA_SETS, refTo } from '../../../../lib/platform/controllers/resources.ts';
import { eventually } from '../../../support/eventually.ts';
import { letPodsRun } from '../../../support/let-pods-run.ts';
import { startControllers } from '../../../support/run-controllers.ts';

const SET: KubeObject = {
  apiVersion: 'apps/v1',
  kind: 'ReplicaSet',
  metadata: { name: 'web', namespace: 'shop' },
  spec: {
    replicas: 2,
    selector: { matchExpressions: [{ key: 'app', operator: 'In', values: ['web', 'shop'] }] },
    template: { metadata: { labels: { app: 'web' } }, spec: { containers: [{ name: 'c', image: 'i' }] } },
  },
};

// What it has in common with replication controllers is tested with those.
test('selects by expressions, adopts what they take in, and counts', async () => {
  await using rig = startControllers([replicaSetController()]);
  const pod = (name: string, app: string): KubeObject => ({
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name, namespace: 'shop', labels: { app } },
    spec: { containers: [] },
  });
  await rig.create(PODS, pod('orphan', 'shop'));
  await rig.create(PODS, pod('stranger', 'other'));
  const owner = await rig.create(REPLICA_SETS, SET);
  await eventually(async () => {
    await letPodsRun(rig, 'shop');
    const [{ status }] = (await rig.list(REPLICA_SETS, 'shop')) as [KubeObject];
    // The adopted one has other labels than the template.
    assert.deepEqual([status.replicas, status.fullyLabeledReplicas, status.readyReplicas], [2, 1, 2]);
  });
  const pods = await rig.list<Pod>(PODS, 'shop');
  assert.deepEqual(
    pods.map(({ metadata }) => [metadata.name!.slice(0, 4), metadata.ownerReferences?.[0]?.uid]),
    [
      ['orph', owner.metadata.uid],
      ['stra', undefined],
      ['web-', owner.metadata.uid],
    ],
  );
});

test('makes and removes more pods than it does at a look', async () => {
  await using rig = startControllers([replicaSetController()]);
  const { spec } = SET as KubeObject & { spec: object };
  const set = await rig.create(REPLICA_SETS, { ...SET, spec: { ...spec, replicas: 120 } });
  const come = (count: number): Promise<void> =>
    eventually(async () => {
      const { clock } = rig.verbs;
      await clock.advance(1000);
      assert.equal((await rig.list(PODS, 'shop')).length, count);
    });
  await come(120);
  const live = await rig.verbs.get(refTo(REPLICA_SETS, set));
  await rig.verbs.update(refTo(REPLICA_SETS, set), { ...live, spec: { ...spec, replicas: 0 } });
  await come(0);
});
