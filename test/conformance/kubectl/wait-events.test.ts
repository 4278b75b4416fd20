import assert from 'node:assert/strict';
import { test } from 'node:test';
import { eventually } from '../../support/eventually.ts';
import { IN_TIME } from '../../support/kubectl.ts';
import { scriptPod, webController, webPod } from '../../support/manifests.ts';
import { useNamespace } from '../../support/shared-platform.ts';

const { kubectl } = await useNamespace('waits');

test('wait sees a condition come true, times out on one that does not, and sees a deletion', async () => {
  await kubectl.create(webPod('web', { spec: { terminationGracePeriodSeconds: 1 } }));
  assert.equal(await kubectl.text('wait', '--for=condition=Ready', 'pod/web', IN_TIME), 'pod/web condition met');
  assert.match(
    await kubectl.failure(['wait', '--for=condition=Colourful', 'pod/web', '--timeout=4s']),
    /error: timed out waiting for the condition on pods\/web/,
  );
  await using waiting = kubectl.start(['wait', '--for=delete', 'pod/web', IN_TIME]);
  await kubectl(['delete', 'pod', 'web', '--wait=false']);
  assert.equal(await waiting.ended(30_000), 0);
});

test('wait --for=jsonpath and --for=create', async () => {
  await using waiting = kubectl.start(['wait', '--for=create', 'configmap/late', IN_TIME]);
  await kubectl(['create', 'configmap', 'late']);
  assert.equal(await waiting.ended(30_000), 0);
  await kubectl.create(scriptPod('done', 'true'));
  await kubectl(['wait', '--for=jsonpath={.status.phase}=Succeeded', 'pod/done', IN_TIME]);
});

test('wait for the opposite, for many at once, and for a value that comes', async () => {
  await kubectl.create(webPod('pair-a', { labels: { pair: 'yes' } }));
  await kubectl.create(webPod('pair-b', { labels: { pair: 'yes' } }));
  assert.equal(
    await kubectl.text('wait', '--for=condition=Ready', 'pod', '-l', 'pair=yes', IN_TIME),
    'pod/pair-a condition met\npod/pair-b condition met',
  );
  assert.equal(
    await kubectl.text('wait', '--for=condition=Ready=true', 'pod', '-l', 'pair=yes', IN_TIME),
    'pod/pair-a condition met\npod/pair-b condition met',
  );
  await using failing = kubectl.start(['wait', '--for=condition=Ready=false', 'pod/pair-a', IN_TIME]);
  await using labelled = kubectl.start(['wait', '--for=jsonpath={.metadata.labels.state}', 'pod/pair-b', IN_TIME]);
  // For good: a pod that gets ready again may do so before anybody looks.
  await kubectl(['exec', 'pair-a', '--', 'rm', '/tmp/www/index.html']);
  await kubectl(['label', 'pod', 'pair-b', 'state=here']);
  assert.equal(await failing.ended(30_000), 0);
  assert.equal(await labelled.ended(30_000), 0);
  assert.match(await kubectl.failure(['wait', '--for=condition=Ready', 'pod/nobody', '--timeout=1s']), /pods "nobody" not found/);
});

test('events by type, of all namespaces, as data', async () => {
  await eventually(async () => {
    assert.match(await kubectl.text('events', '--types=Normal', '--for=pod/pair-a'), /Normal +Started +Pod\/pair-a/);
    assert.doesNotMatch(await kubectl.text('events', '--types=Warning', '--for=pod/pair-b', '--no-headers'), /Normal/);
  });
  assert.match(await kubectl.text('events', '-A'), /^NAMESPACE +LAST SEEN +TYPE +REASON +OBJECT +MESSAGE\n/);
  await eventually(async () => {
    const { items } = await kubectl.json<{ items: { involvedObject: { name: string } }[] }>('events', '--for', 'pod/pair-b');
    assert.ok(items.length > 0 && items.every(({ involvedObject }) => involvedObject.name === 'pair-b'));
  });
});

test('events of one object and of all, in order, and -w', async () => {
  await using watch = kubectl.start(['events', '-w']);
  await kubectl.create(webController('busy', 1));
  await watch.until(/SuccessfulCreate +ReplicationController\/busy +Created pod: busy-/);
  await eventually(async () => {
    const own = await kubectl.text('events', '--for', 'rc/busy');
    assert.match(own, /^LAST SEEN +TYPE +REASON +OBJECT +MESSAGE\n/);
    assert.match(own, /Normal +SuccessfulCreate +ReplicationController\/busy +Created pod: busy-\w{5}/);
  });
  const started = ['--field-selector', 'reason=Started,involvedObject.kind=Pod'];
  await eventually(async () => assert.match(await kubectl.text('get', 'events', ...started), /pod\/busy-/), { timeout: 30_000 });
});

test('a pod that cannot be scheduled says why', async () => {
  await kubectl.create(webPod('picky', { spec: { nodeSelector: { disk: 'golden' } } }));
  await eventually(async () => {
    assert.match(
      await kubectl.text('events', '--for', 'pod/picky'),
      /Warning +FailedScheduling +Pod\/picky +0\/1 nodes are available: 1 node\(s\) didn't match Pod's node affinity\/selector/,
    );
  });
  assert.match(await kubectl.text('get', 'pod', 'picky'), /picky +0\/1 +Pending/);
});

test('a container that keeps ending is in CrashLoopBackOff', async () => {
  await kubectl.create(scriptPod('crasher', 'exit 1', { spec: { restartPolicy: 'Always' } }));
  await eventually(
    async () => assert.match(await kubectl.text('get', 'pod', 'crasher'), /crasher +0\/1 +CrashLoopBackOff +[1-9]/),
    { timeout: 30_000 },
  );
  await eventually(async () =>
    assert.match(
      await kubectl.text('events', '--for', 'pod/crasher'),
      /Warning +BackOff +.*Back-off restarting failed container/,
    ),
  );
});

test('a failing liveness probe restarts the container', async () => {
  await kubectl.create(
    webPod('sick', {
      container: {
        livenessProbe: {
          exec: { command: ['test', '-e', '/tmp/well'] },
          periodSeconds: 1,
          timeoutSeconds: 60,
          failureThreshold: 1,
        },
      },
    }),
  );
  await eventually(
    async () =>
      assert.match(
        await kubectl.text('events', '--for', 'pod/sick'),
        /Unhealthy[^]*Killing +Pod\/sick +Container web failed liveness probe, will be restarted/,
      ),
    { timeout: 60_000 },
  );
});
