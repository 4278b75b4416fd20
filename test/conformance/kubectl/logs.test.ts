import assert from 'node:assert/strict';
import { before, test } from 'node:test';
import { eventually } from '../../support/eventually.ts';
import { WEB_A } from '../../support/images.ts';
import { IN_TIME } from '../../support/kubectl.ts';
import { scriptPod, webController, webPod } from '../../support/manifests.ts';
import { useNamespace } from '../../support/shared-platform.ts';

const { kubectl, namespace } = await useNamespace('logs');

before(async () => {
  await kubectl.create(scriptPod('counter', 'for i in 1 2 3 4 5; do echo line $i; done; echo oops >&2'));
  await kubectl.create(scriptPod('ticker', 'i=0; while true; do i=$((i+1)); echo tick $i; sleep 0.2; done'));
  await kubectl.create(
    webPod('pair', {
      spec: {
        initContainers: [{ name: 'setup', image: WEB_A, imagePullPolicy: 'IfNotPresent', command: ['echo', 'set up'] }],
      },
    }),
  );
  await kubectl(['wait', '--for=jsonpath={.status.phase}=Succeeded', 'pod/counter', IN_TIME]);
  await kubectl(['wait', '--for=condition=Ready', 'pod/pair', 'pod/ticker', IN_TIME]);
});

test('logs prints both outputs of a container that has ended', async () => {
  const lines = (await kubectl.text('logs', 'counter')).split('\n').sort();
  assert.deepEqual(lines, ['line 1', 'line 2', 'line 3', 'line 4', 'line 5', 'oops']);
});

test('--tail, --limit-bytes, --timestamps and --since', async () => {
  assert.equal((await kubectl.text('logs', 'counter', '--tail=2')).split('\n').length, 2);
  await eventually(async () => assert.equal(await kubectl.text('logs', 'ticker', '--limit-bytes=6'), 'tick 1'));
  assert.match(await kubectl.text('logs', 'counter', '--tail=1', '--timestamps'), /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d+Z \S/);
  // Of a second, and of what has been said while it was answered.
  await eventually(async () => assert.ok((await kubectl.text('logs', 'ticker', '--since=1s')).split('\n').length < 10));
});

test('-f prints lines as they come and ends with the container', async () => {
  await using follow = kubectl.start(['logs', '-f', 'ticker', '--tail=1']);
  const [, first] = await follow.until(/tick (\d+)/);
  await follow.until(new RegExp(`tick ${Number(first) + 3}\\n`));

  await kubectl.create(scriptPod('brief', 'echo begins; until [ -e /tmp/enough ]; do sleep 0.1; done; echo ends'));
  await kubectl(['wait', '--for=condition=Ready', 'pod/brief', IN_TIME]);
  await using whole = kubectl.start(['logs', '-f', 'brief']);
  await whole.until(/begins\n/);
  await kubectl(['exec', 'brief', '--', 'touch', '/tmp/enough']);
  assert.equal(await whole.ended(), 0);
  assert.equal(whole.output(), 'begins\nends\n');
});

test('-c, init containers, --all-containers and selectors', async () => {
  assert.equal(await kubectl.text('logs', 'pair', '-c', 'setup'), 'set up');
  assert.match(await kubectl.text('logs', 'pair'), /^started web-a/);
  const all = await kubectl.text('logs', 'pair', '--all-containers', '--prefix');
  // kubectl keeps its requests in a map of Go: whose log comes first is left to chance.
  assert.match(all, /^\[pod\/pair\/setup\] set up$/m);
  assert.match(all, /^\[pod\/pair\/web\] started web-a$/m);
  assert.match(await kubectl.text('logs', '-l', 'app=pair', '--tail=-1'), /started web-a/);
  assert.match(await kubectl.failure(['logs', 'pair', '-c', 'nope']), /error: container nope is not valid for pod pair/);
});

test('--since-time, and of whose containers: a controller’s pod, a file’s, all pods of one, a bound for how many', async () => {
  const lines = (await kubectl.text('logs', 'counter', '--timestamps')).split('\n');
  const [time] = lines.find((line) => line.endsWith('line 3'))!.split(' ');
  const since = new Date(Date.parse(time!) + 3_600_000).toISOString();
  assert.equal(await kubectl.text('logs', 'counter', `--since-time=${since}`), '');
  assert.match(await kubectl.text('logs', 'counter', `--since-time=${time!.slice(0, 19)}Z`), /line 3/);
  await kubectl.create(webController('crowd', 2));
  await kubectl(['wait', '--for=jsonpath={.status.readyReplicas}=2', 'rc/crowd', IN_TIME]);
  assert.match(await kubectl.text('logs', 'rc/crowd'), /started web-a/);
  const all = (await kubectl.text('logs', 'rc/crowd', '--all-pods', '--prefix'))
    .split('\n')
    .filter((line) => line.endsWith('started web-a'));
  assert.equal(all.length, 2, all.join());
  assert.match(
    await kubectl.failure(['logs', '-f', '-l', 'app=crowd', '--max-log-requests=1']),
    /you are attempting to follow 2 log streams, but maximum allowed concurrency is 1/,
  );
  await using both = kubectl.start(['logs', '-f', '-l', 'app=crowd', '--tail=-1', '--prefix', '--ignore-errors']);
  await both.until(/pod\/crowd-\w{5}\/web\] started[^]*pod\/crowd-\w{5}\/web\] started/);
});

test('--previous prints the run before the restart', async () => {
  await kubectl.create(
    // The second run stays: between two runs, the last one is the previous one and today's.
    scriptPod(
      'restarter',
      'echo run $(cat /proc/sys/kernel/random/uuid); if [ -e /kept/once ]; then sleep 3600; fi; touch /kept/once; exit 3',
      {
        spec: { restartPolicy: 'OnFailure', volumes: [{ name: 'kept', emptyDir: {} }] },
        container: { volumeMounts: [{ name: 'kept', mountPath: '/kept' }] },
      },
    ),
  );
  await eventually(
    async () => {
      const { status } = await kubectl.json('get', 'pod', 'restarter');
      const [{ restartCount, state }] = status.containerStatuses;
      assert.ok(restartCount >= 1 && state.running !== undefined, JSON.stringify(state));
    },
    { timeout: 30_000 },
  );
  const previous = await kubectl.text('logs', 'restarter', '--previous');
  assert.match(previous, /^run [0-9a-f-]{36}$/);
  assert.notEqual(previous, await kubectl.text('logs', 'restarter'));
  const state = await kubectl.json('get', 'pod', 'restarter');
  assert.equal(state['status'].containerStatuses[0].lastState.terminated.exitCode, 3);
  assert.match(
    await kubectl.failure(['logs', 'ticker', '--previous']),
    /Error from server \(BadRequest\): previous terminated container "web" in pod "ticker" not found/,
  );
});

test('a container that has not started yet is a clear error', async () => {
  await kubectl.create(webPod('unpulled', { image: 'oo-test/none:latest', container: { imagePullPolicy: 'Never' } }));
  await eventually(async () => assert.match(await kubectl.text('get', 'pod', 'unpulled'), /ErrImageNeverPull/), {
    timeout: 15_000,
  });
  assert.match(
    await kubectl.failure(['logs', 'unpulled']),
    /Error from server \(BadRequest\): container "web" in pod "unpulled" is waiting to start: ErrImageNeverPull/,
  );
  await eventually(async () =>
    assert.match(await kubectl.text('events', '--for', 'pod/unpulled', '-n', namespace), /ErrImageNeverPull/),
  );
});
