import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { KubeObject } from '../../../../lib/platform/api/meta.ts';
import type { Client } from '../../../../lib/platform/client/client.ts';
import { isActive, isReady, type Pod } from '../../../../lib/platform/controllers/core-types.ts';
import { DEPLOYMENTS, PODS, refTo, REPLICA_SETS } from '../../../../lib/platform/controllers/resources.ts';
import { eventually } from '../../../support/eventually.ts';
import { startMemoryPlatform } from '../../../support/memory-platform.ts';

const at = { namespace: 'default' };
const podsOf = async (client: Client): Promise<Pod[]> => (await client.list<Pod>({ ...PODS, ...at })).items;

/** There is no kubelet here: what is to run gets ready, what is to end is gone. */
async function actAsKubelet(client: Client): Promise<void> {
  for (const pod of await podsOf(client)) {
    if (pod.metadata.deletionTimestamp !== undefined) await client.delete(refTo(PODS, pod), { gracePeriodSeconds: 0 });
    else if (isActive(pod) && !isReady(pod)) {
      const conditions = [{ type: 'Ready', status: 'True', lastTransitionTime: '2020-01-01T00:00:00Z' }];
      await client.patch(refTo(PODS, pod, 'status'), 'application/strategic-merge-patch+json', {
        status: { phase: 'Running', conditions },
      });
    }
  }
}

const DEPLOYMENT: KubeObject = {
  apiVersion: 'apps/v1',
  kind: 'Deployment',
  metadata: { name: 'web', namespace: 'default' },
  spec: {
    replicas: 3,
    selector: { matchLabels: { app: 'web' } },
    template: {
      // As kubectl's generators send it.
      metadata: { creationTimestamp: null, labels: { app: 'web' } } as never,
      spec: { containers: [{ name: 'c', image: 'v1' }] },
    },
  },
};

test('a deployment rolls through the real API, and all of it goes with it', async () => {
  await using platform = await startMemoryPlatform();
  const { http } = platform;
  const settled = async (revision: string): Promise<void> => {
    await eventually(
      async () => {
        await actAsKubelet(http);
        const { status, metadata } = await http.get(refTo(DEPLOYMENTS, DEPLOYMENT));
        assert.equal(metadata.annotations?.['deployment.kubernetes.io/revision'], revision);
        assert.deepEqual([status.observedGeneration, status.updatedReplicas, status.replicas], [metadata.generation, 3, 3]);
        assert.equal(status.availableReplicas, 3);
      },
      { timeout: 20_000 },
    );
  };
  await http.create({ ...DEPLOYMENTS, ...at }, DEPLOYMENT);
  await settled('1');
  await http.patch(refTo(DEPLOYMENTS, DEPLOYMENT), 'application/strategic-merge-patch+json', {
    spec: { template: { spec: { containers: [{ name: 'c', image: 'v2' }] } } },
  });
  await settled('2');
  assert.equal((await http.get(refTo(DEPLOYMENTS, DEPLOYMENT))).metadata.generation, 2, 'the controller makes no generation');
  assert.equal((await http.list({ ...REPLICA_SETS, ...at })).items.length, 2);
  await http.delete(refTo(DEPLOYMENTS, DEPLOYMENT), { propagationPolicy: 'Background' });
  await eventually(async () => {
    await actAsKubelet(http);
    assert.deepEqual([...(await podsOf(http)), ...(await http.list({ ...REPLICA_SETS, ...at })).items], []);
  });
  assert.deepEqual(platform.complaints, []);
});
