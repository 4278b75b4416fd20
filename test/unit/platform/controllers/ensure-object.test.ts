import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { KubeObject } from '../../../../lib/platform/api/meta.ts';
import { inProcessClient } from '../../../../lib/platform/client/in-process-client.ts';
import type { ReconcileContext } from '../../../../lib/platform/controllers/define-controller.ts';
import { ensureObject } from '../../../../lib/platform/controllers/ensure-object.ts';
import { refTo, SERVICES } from '../../../../lib/platform/controllers/resources.ts';
import { FakeVerbs } from '../../../support/fake-verbs.ts';

const client = inProcessClient(new FakeVerbs(), 'system:test');
const context = { client } as unknown as ReconcileContext;
const wanted: KubeObject = {
  apiVersion: 'v1',
  kind: 'Service',
  metadata: { name: 'registry', namespace: 'default', labels: { part: 'registry' }, annotations: { limit: '64' } },
  spec: { clusterIP: '172.30.0.5' },
};
const facts = ({ metadata }: KubeObject): unknown => metadata.annotations?.['limit'];

test('what an earlier version made gets what is new, keeps what others wrote, and is written no more than once', async () => {
  const theirs = { name: 'registry', namespace: 'default', labels: { mine: 'yes' }, annotations: { note: 'ours' } };
  await client.create({ ...SERVICES, namespace: 'default' }, { ...wanted, metadata: theirs });
  await ensureObject(context, SERVICES, wanted, facts);
  const first = await client.get(refTo(SERVICES, wanted));
  assert.deepEqual(first.metadata.annotations, { note: 'ours', limit: '64' });
  assert.deepEqual(first.metadata.labels, { mine: 'yes', part: 'registry' });
  await ensureObject(context, SERVICES, wanted, facts);
  const { metadata } = await client.get(refTo(SERVICES, wanted));
  assert.equal(metadata.resourceVersion, first.metadata.resourceVersion);
});
