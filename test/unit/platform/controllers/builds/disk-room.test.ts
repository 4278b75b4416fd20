import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import type { KubeObject } from '../../../../../lib/platform/api/meta.ts';
import { NODES, PODS, SERVICES } from '../../../../../lib/platform/controllers/resources.ts';
import { eventually } from '../../../../support/eventually.ts';
import { startBuildRig } from '../builds-under-test.ts';

const rig = await startBuildRig();
after(() => rig[Symbol.asyncDispose]());
const { platform, configure, start, build, pod, reaches, loginFor } = rig;

/** Has the kubelet say whether its disk is almost full. */
const pressure = (name: string, status: 'True' | 'False'): Promise<KubeObject> =>
  platform.local.patch({ ...NODES, name, subresource: 'status' }, 'application/merge-patch+json', {
    status: { conditions: [{ type: 'DiskPressure', status }] },
  });

async function nodeWith(name: string, status: 'True' | 'False'): Promise<void> {
  await platform.local.create(NODES, { apiVersion: 'v1', kind: 'Node', metadata: { name } });
  await pressure(name, status);
}

const waitsFor = (name: string, node: string): Promise<void> =>
  eventually(async () => {
    const { status } = await build(name);
    assert.deepEqual(
      [status?.phase, status?.reason, status?.message],
      ['New', 'DiskPressure', `The build waits for room on the disk of node ${node}.`],
    );
  });

test('a build begins when there is room: on a node, and on that of the registry when it pushes there', async () => {
  await configure('shop');
  await nodeWith('n1', 'True');
  await start('shop');
  await waitsFor('shop-1', 'n1');
  await assert.rejects(pod('shop-1'), { code: 404 });
  await pressure('n1', 'False');
  const begun = await reaches('shop-1', 'Pending');
  assert.deepEqual([begun.status?.reason, begun.status?.message], [undefined, undefined]);
  await pod('shop-1');

  // Another node has room: a build that pushes elsewhere may run there.
  await nodeWith('n2', 'False');
  await pressure('n1', 'True');
  await configure('elsewhere');
  await start('elsewhere');
  await reaches('elsewhere-1', 'Pending');

  const selector = { 'docker-registry': 'default' };
  await platform.local.create({ ...SERVICES, namespace: 'default' }, {
    apiVersion: 'v1',
    kind: 'Service',
    metadata: { name: 'docker-registry' },
    spec: { clusterIP: '172.30.0.5', selector, ports: [{ port: 5000 }] },
  } as unknown as KubeObject);
  await platform.local.create({ ...PODS, namespace: 'default' }, {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name: 'docker-registry-1', labels: selector },
    spec: { nodeName: 'n1', containers: [{ name: 'registry', image: 'registry' }] },
  } as unknown as KubeObject);
  await loginFor('own', '172.30.0.5:5000');
  await configure('here', {
    output: { to: { kind: 'DockerImage', name: '172.30.0.5:5000/default/web:latest' }, pushSecret: { name: 'own' } },
  });
  await start('here');
  await waitsFor('here-1', 'n1');
  await pressure('n1', 'False');
  await reaches('here-1', 'Pending');
});
