import assert from 'node:assert/strict';
import { type IncomingMessage, request } from 'node:http';
import { once } from 'node:events';
import { type TestContext, test } from 'node:test';
import type { NodePod } from '../../lib/platform/node/kubelet/server/pod-source.ts';
import { dockerRuntime } from '../../lib/platform/runtime/docker.ts';
import { eventually } from '../support/eventually.ts';
import { ensureWebImages, WEB_A } from '../support/images.ts';
import type { Kubectl } from '../support/kubectl.ts';
import { runCommand } from '../support/run-command.ts';
import { startNodeBench } from './node-server-front.ts';

/** A real container without any network but its loopback, as pod `web`, and a kubectl for it. */
async function bench(
  t: TestContext,
  options: readonly string[],
  command: readonly string[],
): Promise<{ kubectl: Kubectl; id: string }> {
  await ensureWebImages();
  const run = await runCommand([
    'docker',
    'run',
    '-d',
    '--network',
    'none',
    '--label',
    'oo-test=node-server',
    ...options,
    WEB_A,
    ...command,
  ]);
  const id = run.stdout.trim();
  t.after(() => runCommand(['docker', 'rm', '-f', id], { anyCode: true }));
  const pid = Number((await runCommand(['docker', 'inspect', '--format', '{{.State.Pid}}', id])).stdout);
  const tty = options.includes('-t');
  const pod: NodePod = {
    object: {
      apiVersion: 'v1',
      kind: 'Pod',
      metadata: { name: 'web', namespace: 'default', uid: 'a-uid' },
      spec: { containers: [{ name: 'app', tty, stdin: options.includes('-i') }] },
      status: { phase: 'Running', containerStatuses: [{ name: 'app', ready: true, state: { running: {} } }] },
    },
    sandbox: { id, pid, netns: `/proc/${pid}/ns/net` },
    podIP: undefined,
    containers: new Map([['app', { state: 'running', reason: '', id, previousId: undefined }]]),
  };
  return { ...(await startNodeBench(t, pod, dockerRuntime({ socketPath: '/var/run/docker.sock' }))), id };
}

test('exec in a container: both outputs, input to its end, exit code, a program that is not there', async (t) => {
  const { kubectl } = await bench(t, [], ['sh', '-c', 'sleep 1000']);
  const plain = await kubectl(['exec', 'web', '--', 'sh', '-c', 'echo out; echo err >&2; exit 9'], { anyCode: true });
  assert.deepEqual([plain.stdout, plain.stderr, plain.code], ['out\n', 'err\ncommand terminated with exit code 9\n', 9]);
  const input = Buffer.alloc(3_000_000, 'abc\n');
  assert.equal((await kubectl(['exec', '-i', 'web', '--', 'wc', '-c'], { stdin: input })).stdout.trim(), String(input.length));
  const missing = await kubectl(['exec', 'web', '--', '/no/such/program'], { anyCode: true });
  assert.notEqual(missing.code, 0);
  assert.match(missing.stdout + missing.stderr, /no such file or directory/);
});

test('exec -it: a terminal of the size of the client, and what is typed', async (t) => {
  const { kubectl } = await bench(t, [], ['sh', '-c', 'sleep 1000']);
  await using session = kubectl.start(['exec', '-it', 'web', '--', 'sh'], { terminal: true });
  session.stdin.write('tty; echo answer=$((40+2))\n');
  await session.until(/\/dev\/pts\/\d+/);
  await session.until(/answer=42/);
  session.stdin.write('exit 5\n');
  assert.equal(await session.ended(), 5);
});

test('a client that is killed leaves the process with the end of its input, and the container alone', async (t) => {
  const { kubectl, id } = await bench(t, [], ['sh', '-c', 'sleep 1000']);
  {
    await using session = kubectl.start([
      'exec',
      '-i',
      'web',
      '--',
      'sh',
      '-c',
      'echo begun; cat >/dev/null; echo ended >/tmp/trace',
    ]);
    await session.until(/begun/);
  }
  for (let seen = ''; seen !== 'ended';)
    seen = (await kubectl(['exec', 'web', '--', 'sh', '-c', 'cat /tmp/trace 2>/dev/null || true'])).stdout.trim();
  assert.equal((await runCommand(['docker', 'inspect', '--format', '{{.State.Running}}', id])).stdout.trim(), 'true');
});

test('attach to a terminal: input, output, and the end of the process', async (t) => {
  const { kubectl } = await bench(t, ['-i', '-t'], ['sh', '-c', 'read line; echo "got $line"; sleep 0.2']);
  await using session = kubectl.start(['attach', '-it', 'web'], { terminal: true });
  await session.until(/press/);
  session.stdin.write('hello\n');
  await session.until(/got hello/);
  await session.ended();
});

test('logs: from the end, with times, cut, and followed until the container ends', async (t) => {
  const { kubectl, id } = await bench(t, [], ['sh', '-c', 'seq 1 1000 >&2; echo oops >&2; sleep 1000']);
  // One stream, since the engine does not keep the order of two. It writes the log a moment after the process wrote it.
  await eventually(async () => assert.match(await kubectl.text('logs', 'web'), /oops/));
  assert.equal(await kubectl.text('logs', '--tail=3', 'web'), '999\n1000\noops');
  assert.equal((await kubectl(['logs', '--limit-bytes=5', 'web'])).stdout, '1\n2\n3');
  assert.match(await kubectl.text('logs', '--tail=1', '--timestamps', 'web'), /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d+Z oops$/);
  await using followed = kubectl.start(['logs', '-f', '--tail=1', 'web']);
  await followed.until(/oops/);
  await runCommand(['docker', 'kill', id]);
  assert.equal(await followed.ended(), 0);
});

test('port-forward reaches a server on the loopback of the pod', async (t) => {
  const { kubectl } = await bench(
    t,
    [],
    ['sh', '-c', 'mkdir /www && echo from the pod >/www/index.html && exec httpd -f -p 127.0.0.1:8080 -h /www'],
  );
  await eventually(() => kubectl(['exec', 'web', '--', 'wget', '-qO-', 'http://127.0.0.1:8080/']));
  await using forward = kubectl.start(['port-forward', 'web', ':8080']);
  const [, port] = await forward.until(/Forwarding from 127\.0\.0\.1:(\d+) -> 8080\n/);
  for (let n = 0; n < 5; n++) {
    const sent = request({ host: '127.0.0.1', port: Number(port), agent: false });
    sent.end();
    const [response] = (await once(sent, 'response')) as [IncomingMessage];
    assert.equal(Buffer.concat(await response.toArray()).toString(), 'from the pod\n');
  }
});
