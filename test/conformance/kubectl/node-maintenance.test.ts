import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { eventually } from '../../support/eventually.ts';
import { webController, webPod } from '../../support/manifests.ts';
import { startPlatform } from '../../support/platform.ts';
import { describePlatform, namespaceOn } from '../../support/shared-platform.ts';

// On a platform of its own: what this does to the node, every other test would feel.

const platform = await startPlatform();
after(() => platform.stop());
const { kubectl, nodeName } = await namespaceOn(describePlatform(platform), 'maintenance');

test('a cordoned node takes no new pod until it is uncordoned', async () => {
  assert.equal(await kubectl.text('cordon', nodeName), `node/${nodeName} cordoned`);
  assert.match(await kubectl.text('get', 'node', nodeName), /Ready,SchedulingDisabled/);
  await kubectl.create(webPod('waits'));
  await eventually(async () =>
    assert.match(await kubectl.text('events', '--for', 'pod/waits'), /1 node\(s\) were unschedulable/),
  );
  assert.equal(await kubectl.text('uncordon', nodeName), `node/${nodeName} uncordoned`);
  await kubectl(['wait', '--for=condition=Ready', 'pod/waits', '--timeout=30s']);
});

test('drain evicts what a controller will make again, and refuses the rest unless forced', async () => {
  await kubectl.create(webController('web', 1));
  await kubectl(['wait', '--for=condition=Ready', 'pod', '-l', 'app=web', '--timeout=30s']);
  assert.match(
    await kubectl.failure(['drain', nodeName]),
    /cannot delete Pods that declare no controller \(use --force to override\)/,
  );
  const drained = await kubectl(['drain', nodeName, '--force', '--grace-period=1', '--timeout=30s'], { timeout: 40_000 });
  assert.match(drained.stdout, /pod\/web-\w{5} evicted/);
  assert.match(drained.stdout, new RegExp(`node/${nodeName} drained`));
  await kubectl(['uncordon', nodeName]);
  await kubectl(['wait', '--for=condition=Ready', 'pod', '-l', 'app=web', '--timeout=30s']);
});

test('a NoSchedule taint keeps pods off that do not tolerate it; NoExecute drives them away', async () => {
  assert.equal(await kubectl.text('taint', 'nodes', nodeName, 'reserved=yes:NoSchedule'), `node/${nodeName} tainted`);
  await kubectl.create(webPod('refused'));
  await kubectl.create(webPod('tolerant', { spec: { tolerations: [{ key: 'reserved', operator: 'Exists' }] } }));
  await kubectl(['wait', '--for=condition=Ready', 'pod/tolerant', '--timeout=30s']);
  await eventually(async () =>
    assert.match(await kubectl.text('events', '--for', 'pod/refused'), /1 node\(s\) had untolerated taint \{reserved: ?yes\}/),
  );
  await kubectl(['taint', 'nodes', nodeName, 'reserved-']);
  await kubectl(['wait', '--for=condition=Ready', 'pod/refused', '--timeout=30s']);
  await kubectl(['taint', 'nodes', nodeName, 'broken=yes:NoExecute']);
  await eventually(async () => assert.match(await kubectl.failure(['get', 'pod', 'refused']), /NotFound/), { timeout: 20_000 });
  await kubectl(['taint', 'nodes', nodeName, 'broken-']);
});

test('labels on the node steer pods', async () => {
  await kubectl(['label', 'node', nodeName, 'disk=golden']);
  await kubectl.create(webPod('steered', { spec: { nodeSelector: { disk: 'golden' } } }));
  await kubectl(['wait', '--for=condition=Ready', 'pod/steered', '--timeout=30s']);
});
