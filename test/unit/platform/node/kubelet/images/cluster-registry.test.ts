import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { KubeObject } from '../../../../../../lib/platform/api/meta.ts';
import { clusterRegistry } from '../../../../../../lib/platform/node/kubelet/images/cluster-registry.ts';

const service = (name: string, namespace: string): KubeObject => ({
  apiVersion: 'v1',
  kind: 'Service',
  metadata: { name, namespace },
  spec: { clusterIP: '172.30.0.5', ports: [{ port: 5000 }] },
});

test('both names of the registry lead to its address; other names stay what they are', () => {
  const { resolve, isProjects } = clusterRegistry(() => [service('docker-registry', 'default')], 'cluster.local');
  for (const name of [
    'docker-registry.default.svc',
    'image-registry.openshift-image-registry.svc',
    'docker-registry.default.svc.cluster.local',
  ])
    assert.equal(resolve(`${name}:5000/shop/web:1`), '172.30.0.5:5000/shop/web:1');
  for (const image of [
    'web',
    'docker-registry.default.svc/shop/web',
    'docker-registry.default.svc:80/a/b',
    'x.docker-registry.default.svc:5000/a/b',
  ])
    assert.equal(resolve(image), image);
  assert.deepEqual(['172.30.0.5:5000/shop/web', '172.30.0.5:50001/shop/web', 'web'].map(isProjects), [true, false, false]);
});

test("somebody's service of that name is not the registry", () => {
  const { resolve, isProjects } = clusterRegistry(() => [service('docker-registry', 'shop')], 'cluster.local');
  assert.equal(resolve('docker-registry.default.svc:5000/shop/web'), 'docker-registry.default.svc:5000/shop/web');
  assert.equal(isProjects('172.30.0.5:5000/shop/web'), false);
});
