import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { eventually } from '../../support/eventually.ts';
import { IN_TIME } from '../../support/kubectl.ts';
import { webController, webPod } from '../../support/manifests.ts';
import { startPlatform } from '../../support/platform.ts';
import { describePlatform, namespaceOn } from '../../support/shared-platform.ts';

// On a platform of its own: what this does to the node, every other test would feel.

const platform = await startPlatform();
after(() => platform.stop());
const { kubectl, nodeName } = await namespaceOn(describePlatform(platform), 'maintenance');

/** Whatever becomes of a test, the next one finds the node as it was. */
const uncordon = (): Promise<unknown> => kubectl(['uncordon', nodeName], { anyCode: true });
const untaint = (key: string) => (): Promise<unknown> => kubectl(['taint', 'nodes', nodeName, `${key}-`], { anyCode: true });

test('a cordoned node takes no new pod until it is uncordoned', async (t) => {
  t.after(uncordon);
  assert.equal(await kubectl.text('cordon', nodeName), `node/${nodeName} cordoned`);
  assert.match(await kubectl.text('get', 'node', nodeName), /Ready,SchedulingDisabled/);
  await kubectl.create(webPod('waits'));
  await eventually(async () =>
    assert.match(await kubectl.text('events', '--for', 'pod/waits'), /1 node\(s\) were unschedulable/),
  );
  assert.equal(await kubectl.text('uncordon', nodeName), `node/${nodeName} uncordoned`);
  await kubectl(['wait', '--for=condition=Ready', 'pod/waits', IN_TIME]);
});

test('drain evicts what a controller will make again, and refuses the rest unless forced', async (t) => {
  t.after(uncordon);
  await kubectl.create(webController('web', 1));
  await kubectl(['wait', '--for=jsonpath={.status.readyReplicas}=1', 'rc/web', IN_TIME]);
  assert.match(
    await kubectl.failure(['drain', nodeName]),
    /cannot delete Pods that declare no controller \(use --force to override\)/,
  );
  const drained = await kubectl(['drain', nodeName, '--force', '--grace-period=1', IN_TIME]);
  assert.match(drained.stdout, /pod\/web-\w{5} evicted/);
  assert.match(drained.stdout, new RegExp(`node/${nodeName} drained`));
  await kubectl(['uncordon', nodeName]);
  // The one that was evicted is gone, the next one may not be there yet.
  await eventually(() => kubectl(['wait', '--for=condition=Ready', 'pod', '-l', 'app=web', IN_TIME]));
});

test('drain spares what a budget needs, leaves daemons alone when told, and says what it would do', async (t) => {
  t.after(uncordon);
  await kubectl(['create', 'pdb', 'keep', '--selector=app=web', '--min-available=1']);
  const { template } = webController('daemon', 1)['spec'] as { template: object };
  await kubectl.create({
    apiVersion: 'apps/v1',
    kind: 'DaemonSet',
    metadata: { name: 'daemon' },
    spec: { selector: { matchLabels: { app: 'daemon' } }, template },
  });
  await kubectl(['rollout', 'status', 'daemonset/daemon', IN_TIME]);
  assert.match(
    await kubectl.failure(['drain', nodeName]),
    /cannot delete DaemonSet-managed Pods \(use --ignore-daemonsets to ignore\)/,
  );
  const options = ['--ignore-daemonsets', '--pod-selector=app in (web,daemon)', '--delete-emptydir-data'];
  assert.match(
    await kubectl.text('drain', nodeName, ...options, '--dry-run=client'),
    /evicting pod maintenance-\w+\/web-\w{5} \(dry run\)/,
  );
  await eventually(async () => assert.match(await kubectl.text('get', 'pdb', 'keep'), /^keep +1 +N\/A +0 /m));
  const blocked = await kubectl(['drain', nodeName, ...options, '--timeout=8s'], { anyCode: true });
  assert.match(blocked.stderr, /Cannot evict pod as it would violate the pod's disruption budget/);
  assert.notEqual(blocked.code, 0);
  await kubectl(['drain', nodeName, ...options, '--disable-eviction', '--grace-period=1', IN_TIME]);
  await kubectl(['delete', 'pdb/keep', 'daemonset/daemon', '--cascade=foreground']);
  await kubectl(['uncordon', nodeName]);
});

test('a NoSchedule taint keeps pods off that do not tolerate it; NoExecute drives them away', async (t) => {
  t.after(untaint('reserved'));
  t.after(untaint('broken'));
  assert.equal(await kubectl.text('taint', 'nodes', nodeName, 'reserved=yes:NoSchedule'), `node/${nodeName} tainted`);
  await kubectl.create(webPod('refused'));
  await kubectl.create(webPod('tolerant', { spec: { tolerations: [{ key: 'reserved', operator: 'Exists' }] } }));
  await kubectl(['wait', '--for=condition=Ready', 'pod/tolerant', IN_TIME]);
  await eventually(async () =>
    assert.match(await kubectl.text('events', '--for', 'pod/refused'), /1 node\(s\) had untolerated taint \{reserved: ?yes\}/),
  );
  await kubectl(['taint', 'nodes', nodeName, 'reserved-']);
  await kubectl(['wait', '--for=condition=Ready', 'pod/refused', IN_TIME]);
  await kubectl(['taint', 'nodes', nodeName, 'broken=yes:NoExecute']);
  await eventually(async () => assert.match(await kubectl.failure(['get', 'pod', 'refused']), /NotFound/), { timeout: 20_000 });
  await kubectl(['taint', 'nodes', nodeName, 'broken-']);
});

test('labels on the node steer pods', async () => {
  await kubectl(['label', 'node', nodeName, 'disk=golden']);
  await kubectl.create(webPod('steered', { spec: { nodeSelector: { disk: 'golden' } } }));
  await kubectl(['wait', '--for=condition=Ready', 'pod/steered', IN_TIME]);
});
