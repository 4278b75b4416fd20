import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Client } from '../../../../lib/platform/client/client.ts';
import { inProcessClient } from '../../../../lib/platform/client/in-process-client.ts';
import { tenantOf } from '../../../../lib/platform/git/tenant-of.ts';
import { startApi } from '../apiserver/api-under-test.ts';

test('service accounts are those of who asked for their project, and everybody else is his own', async () => {
  await using t = await startApi();
  const client = (name: string, group: string): Client => inProcessClient(t.api.verbs({ name, groups: [group] }), name);
  const admin = client('admin', 'system:masters');
  const namespace = (name: string, annotations: Record<string, string>) =>
    admin.create(
      { group: '', version: 'v1', resource: 'namespaces' },
      { apiVersion: 'v1', kind: 'Namespace', metadata: { name, annotations } },
    );
  await namespace('shop', { 'openshift.io/requester': 'alice' });
  await namespace('plain', {});
  const git = client('system:openshift:git-server', 'system:authenticated');
  const tenant = (name: string): Promise<string> => tenantOf(git, { name, groups: [] });
  assert.equal(await tenant('alice'), 'alice');
  assert.equal(await tenant('system:serviceaccount:shop:builder'), 'alice');
  assert.equal(await tenant('system:serviceaccount:plain:builder'), 'project plain');
  assert.equal(await tenant('system:serviceaccount:gone:builder'), 'project gone');
});
