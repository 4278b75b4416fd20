import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import type { Client } from '../../../../lib/platform/client/client.ts';
import { inProcessClient } from '../../../../lib/platform/client/in-process-client.ts';
import { fullDiskOf } from '../../../../lib/platform/components/full-disk.ts';
import { registryDeployment } from '../../../../lib/platform/registry/registry-objects.ts';
import type { RegistrySettings } from '../../../../lib/platform/registry/registry-settings.ts';
import { type ApiUnderTest, startApi } from '../apiserver/api-under-test.ts';

let api: ApiUnderTest;
let admin: Client;
const CORE = { group: '', version: 'v1' };
const at = { namespace: 'openshift-git' };

before(async () => {
  api = await startApi();
  admin = inProcessClient(api.api.verbs({ name: 'admin', groups: ['system:masters'] }), 'admin');
  await admin.create(
    { ...CORE, resource: 'namespaces' },
    { apiVersion: 'v1', kind: 'Namespace', metadata: { name: at.namespace } },
  );
  const account = { apiVersion: 'v1', kind: 'ServiceAccount', metadata: { name: 'default' } };
  await admin.create({ ...CORE, ...at, resource: 'serviceaccounts' }, account);
});
after(() => api[Symbol.asyncDispose]());

test("git learns by its own rights that the disk of its pod's node is full; no pod, no node and another's disk are no reason", async () => {
  const name = 'system:openshift:git-server';
  const git = inProcessClient(api.api.verbs({ name, groups: ['system:authenticated'] }), name);
  const full = (): Promise<string | undefined> => fullDiskOf(git, at.namespace, 'app=git');
  assert.equal(await full(), undefined);
  await admin.create(
    { ...CORE, ...at, resource: 'pods' },
    {
      apiVersion: 'v1',
      kind: 'Pod',
      metadata: { name: 'git-1', labels: { app: 'git' } },
      spec: { nodeName: 'n1', containers: [{ name: 'git', image: 'git' }] },
    },
  );
  assert.equal(await full(), undefined);
  for (const node of ['n1', 'n2'])
    await admin.create({ ...CORE, resource: 'nodes' }, { apiVersion: 'v1', kind: 'Node', metadata: { name: node } });
  const pressed = (node: string, status: string) =>
    admin.patch({ ...CORE, resource: 'nodes', name: node, subresource: 'status' }, 'application/merge-patch+json', {
      status: { conditions: [{ type: 'DiskPressure', status }] },
    });
  await pressed('n2', 'True');
  assert.equal(await full(), undefined);
  await pressed('n1', 'True');
  assert.equal(await full(), 'n1');
  // The kubelet is lost: nobody knows.
  await pressed('n1', 'Unknown');
  assert.equal(await full(), undefined);
});

test('what the registry is held to is kept by the API as it is wanted: it is not written again and again', async () => {
  const settings = { image: 'registry:3' } as RegistrySettings;
  const wanted = registryDeployment(settings, { apiVersion: 'v1', kind: 'Secret', metadata: {}, data: {} } as never);
  const there = await admin.create({ group: 'apps', version: 'v1', resource: 'deployments', namespace: 'default' }, wanted);
  const kept = there['spec'].template.spec;
  const { tolerations, containers } = wanted['spec'].template.spec;
  assert.deepEqual(kept.tolerations, tolerations);
  assert.deepEqual(kept.containers[0].resources, containers[0].resources);
  assert.deepEqual(kept.containers[0].resources.limits, { memory: '512Mi' });
});
