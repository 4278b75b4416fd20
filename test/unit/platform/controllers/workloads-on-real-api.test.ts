import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { KubeObject } from '../../../../lib/platform/api/meta.ts';
import type { Client } from '../../../../lib/platform/client/client.ts';
import { isActive, isReady, type Pod } from '../../../../lib/platform/controllers/core-types.ts';
import {
  CRON_JOBS,
  DAEMON_SETS,
  DEPLOYMENTS,
  JOBS,
  NODES,
  POD_DISRUPTION_BUDGETS,
  PODS,
  refTo,
  REPLICA_SETS,
  STATEFUL_SETS,
} from '../../../../lib/platform/controllers/resources.ts';
import { eventually } from '../../../support/eventually.ts';
import { startMemoryPlatform } from '../../../support/memory-platform.ts';
import { startReadyNode } from '../../../support/ready-node.ts';

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

/** One of each kind of workload, as small as it can be. */
const EACH: readonly [typeof PODS, KubeObject][] = [
  [DEPLOYMENTS, DEPLOYMENT],
  [DAEMON_SETS, workload('DaemonSet', 'apps/v1', 'log')],
  [STATEFUL_SETS, workload('StatefulSet', 'apps/v1', 'db', { serviceName: 'db' })],
  [
    JOBS,
    workload(
      'Job',
      'batch/v1',
      'sum',
      { selector: undefined, completions: 2, completionMode: 'Indexed' },
      { restartPolicy: 'Never' },
    ),
  ],
  [
    POD_DISRUPTION_BUDGETS,
    {
      apiVersion: 'policy/v1',
      kind: 'PodDisruptionBudget',
      metadata: { name: 'web' },
      spec: { maxUnavailable: 1, selector: { matchLabels: { app: 'web' } } },
    },
  ],
  [
    CRON_JOBS,
    {
      apiVersion: 'batch/v1',
      kind: 'CronJob',
      metadata: { name: 'yearly' },
      spec: {
        schedule: '0 0 1 1 *',
        jobTemplate: { spec: { template: { spec: { restartPolicy: 'Never', containers: [{ name: 'c', image: 'i' }] } } } },
      },
    },
  ],
];

function workload(kind: string, apiVersion: string, app: string, more: object = {}, pod: object = {}): KubeObject {
  const template = { metadata: { labels: { app } }, spec: { containers: [{ name: 'c', image: 'i' }], ...pod } };
  return { apiVersion, kind, metadata: { name: app }, spec: { selector: { matchLabels: { app } }, template, ...more } };
}

test('each workload gets its pods, and then nothing is written any more', async () => {
  await using platform = await startMemoryPlatform();
  const { http } = platform;
  using node = await startReadyNode(http, 'n');
  for (const [of, object] of EACH) await http.create({ ...of, ...at }, object);
  await eventually(
    async () => {
      await actAsKubelet(http);
      const apps = (await podsOf(http)).filter(isReady).map(({ metadata }) => metadata.labels!['app']);
      assert.deepEqual(apps.toSorted(), ['db', 'log', 'sum', 'web', 'web', 'web']);
      const { status } = await http.get({ ...POD_DISRUPTION_BUDGETS, ...at, name: 'web' });
      assert.deepEqual([status.disruptionsAllowed, status.expectedPods], [1, 3]);
      assert.equal((await http.get({ ...JOBS, ...at, name: 'sum' }))['status'].ready, 1);
      assert.equal((await http.get({ ...DAEMON_SETS, ...at, name: 'log' }))['status'].numberAvailable, 1);
      assert.equal((await http.get({ ...STATEFUL_SETS, ...at, name: 'db' }))['status'].availableReplicas, 1);
      assert.equal((await http.get({ ...DEPLOYMENTS, ...at, name: 'web' }))['status'].availableReplicas, 3);
    },
    { timeout: 20_000 },
  );
  // It would be the only one to write.
  node[Symbol.dispose]();
  const revision = async (): Promise<string> => (await http.list(NODES)).metadata.resourceVersion;
  await eventually(async () => {
    const before = await revision();
    for (let turn = 0; turn < 100; turn++) assert.equal(await revision(), before);
  });
  assert.deepEqual(platform.complaints, []);
});
