import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PassThrough, Readable, Writable } from 'node:stream';
import { after, before, test } from 'node:test';
import * as k8s from '@kubernetes/client-node';
import { kubeConfig } from '../../support/client-node.ts';
import { eventually } from '../../support/eventually.ts';
import { scriptPod, webPod } from '../../support/manifests.ts';
import { useNamespace } from '../../support/shared-platform.ts';

const { kubectl, namespace, kubeconfigPath } = await useNamespace('streams');
const config = kubeConfig(kubeconfigPath);
const folder = mkdtempSync(join(tmpdir(), 'oo-test-streams-'));
after(() => rmSync(folder, { recursive: true }));

before(async () => {
  await kubectl.create(webPod('web'));
  await kubectl.create(
    scriptPod('talker', 'echo ready; while read line; do echo "heard $line"; done', { container: { stdin: true, tty: false } }),
  );
  await kubectl.create(scriptPod('counter', 'for i in 1 2 3 4 5; do echo "line $i"; done; sleep 1; echo last'));
  await kubectl(['wait', '--for=condition=Ready', 'pod/web', 'pod/talker', '--timeout=180s']);
});

/** A stream that keeps what is written to it. */
class Sink extends Writable {
  text = '';
  constructor() {
    super({ decodeStrings: true });
  }
  override _write(chunk: Buffer, _encoding: string, done: () => void): void {
    this.text += chunk.toString('utf8');
    done();
  }
}

/** A terminal of that size, as process.stdout is one. */
class Terminal extends Sink {
  columns = 100;
  rows = 30;
  resize(columns: number, rows: number): void {
    Object.assign(this, { columns, rows });
    this.emit('resize');
  }
}

interface Executed {
  readonly stdout: string;
  readonly stderr: string;
  readonly status: k8s.V1Status;
}

async function exec(command: string[], stdin: Readable | null = null): Promise<Executed> {
  const [stdout, stderr] = [new Sink(), new Sink()];
  const { promise, resolve } = Promise.withResolvers<k8s.V1Status>();
  const socket = await new k8s.Exec(config).exec(namespace, 'web', 'web', command, stdout, stderr, stdin, false, resolve);
  const status = await promise;
  socket.close();
  return { stdout: stdout.text, stderr: stderr.text, status };
}

const exitCode = ({ details }: k8s.V1Status): string | undefined =>
  details?.causes?.find(({ reason }) => reason === 'ExitCode')?.message;

test('exec: outputs apart, and how it ended', async () => {
  const good = await exec(['sh', '-c', 'echo out; echo err >&2']);
  assert.deepEqual([good.stdout, good.stderr, good.status.status], ['out\n', 'err\n', 'Success']);
  const bad = await exec(['sh', '-c', 'exit 7']);
  assert.deepEqual([bad.status.status, bad.status.reason, exitCode(bad.status)], ['Failure', 'NonZeroExitCode', '7']);
  const missing = await exec(['no-such-program']);
  assert.equal(missing.status.status, 'Failure');
  assert.match(exitCode(missing.status)!, /^12[67]$/);
  assert.match(missing.stdout + missing.stderr, /"no-such-program": executable file not found/);
});

test('exec: standard input arrives whole, and its end is the end', async () => {
  const data = randomBytes(200_000).toString('base64');
  const { stdout, status } = await exec(['cat'], Readable.from([data]));
  assert.equal(status.status, 'Success');
  assert.ok(stdout === data, `${stdout.length} of ${data.length} bytes came back`);
});

test('exec on a terminal: it has a size, which follows that of the client', async () => {
  const terminal = new Terminal();
  const stdin = new PassThrough();
  const { promise, resolve } = Promise.withResolvers<k8s.V1Status>();
  const socket = await new k8s.Exec(config).exec(namespace, 'web', 'web', ['sh'], terminal, null, stdin, true, resolve);
  // The size has a way of its own: a shell may be asked before it has arrived.
  const shows = (size: RegExp): Promise<void> =>
    eventually(() => {
      stdin.write('stty size\n');
      assert.match(terminal.text, size);
    });
  await shows(/\r\n30 100\r\n/);
  terminal.resize(120, 40);
  await shows(/\r\n40 120\r\n/);
  stdin.write('exit 3\n');
  assert.equal(exitCode(await promise), '3');
  socket.close();
});

test('exec into what is not there is refused', async () => {
  const none = new k8s.Exec(config).exec(namespace, 'none', 'web', ['true'], null, null, null, false);
  await assert.rejects(none, (event: { message: string }) => /404/.test(event.message));
});

test('attach talks to the main process', async () => {
  const stdout = new Sink();
  const stdin = new PassThrough();
  const socket = await new k8s.Attach(config).attach(namespace, 'talker', 'web', stdout, null, stdin, false);
  stdin.write('first\n');
  await eventually(() => assert.match(stdout.text, /heard first\n/));
  stdin.write('second\n');
  await eventually(() => assert.match(stdout.text, /heard second\n/));
  socket.close();
});

test('Log: whole, the end of it, from a time on, with times, followed to its end', async () => {
  const logs = new k8s.Log(config);
  const read = async (options: k8s.LogOptions): Promise<string> => {
    const sink = new Sink();
    const ended = new Promise((resolve) => sink.once('finish', resolve));
    await logs.log(namespace, 'counter', 'web', sink, options);
    await ended;
    return sink.text;
  };
  const core = config.makeApiClient(k8s.CoreV1Api);
  // There is a log once its container has started.
  await eventually(() => core.readNamespacedPodLog({ namespace, name: 'counter' }), { timeout: 30_000 });
  const whole = 'line 1\nline 2\nline 3\nline 4\nline 5\nlast\n';
  assert.equal(await read({ follow: true }), whole);
  assert.equal(await read({}), whole);
  assert.equal(await read({ tailLines: 2 }), 'line 5\nlast\n');
  assert.equal(await read({ limitBytes: 9 }), 'line 1\nli');
  assert.equal(await read({ sinceTime: new Date(Date.now() + 60_000).toISOString() }), '');
  assert.match(await read({ timestamps: true, tailLines: 1 }), /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d+Z last\n$/);
  assert.equal(await core.readNamespacedPodLog({ namespace, name: 'counter', tailLines: 1 }), 'last\n');
  await assert.rejects(logs.log(namespace, 'none', 'web', new Sink()), { code: 404 });
});

test('port-forward: a request through it is answered; a closed port says so', async () => {
  const forward = new k8s.PortForward(config);
  const through = async (port: number): Promise<[Sink, Sink]> => {
    const [output, errors, input] = [new Sink(), new Sink(), new PassThrough()];
    const socket = await forward.portForward(namespace, 'web', [port], output, errors, input);
    input.write('GET / HTTP/1.0\r\n\r\n');
    await eventually(() => assert.match(output.text + errors.text, /none\n|refused/), { timeout: 10_000 });
    (socket as { close(): void }).close();
    return [output, errors];
  };
  const [answer] = await through(8080);
  assert.match(answer.text, /^HTTP\/1\.\d 200 OK[^]*web-a web none\n$/);
  const [, errors] = await through(8099);
  assert.match(errors.text, /connection refused/i);
});

test('Cp: a folder into a pod and back', async () => {
  const data = randomBytes(100_000);
  mkdirSync(join(folder, 'tree', 'deep'), { recursive: true });
  writeFileSync(join(folder, 'tree', 'deep', 'data'), data);
  const cp = new k8s.Cp(config);
  await cp.cpToPod(namespace, 'web', 'web', join(folder, 'tree'), '/tmp');
  await eventually(async () =>
    assert.equal((await exec(['wc', '-c', '/tmp/deep/data'])).stdout, `${data.length} /tmp/deep/data\n`),
  );
  await cp.cpFromPod(namespace, 'web', 'web', 'deep', join(folder, 'back'), '/tmp');
  // Not deepEqual: to tell how two long buffers differ takes it minutes.
  await eventually(() => assert.ok(readFileSync(join(folder, 'back', 'deep', 'data')).equals(data)));
});

test('metrics and what is used, once the node has measured', async () => {
  const metrics = new k8s.Metrics(config);
  await eventually(
    async () => {
      const { items } = await metrics.getPodMetrics(namespace);
      const web = items.find(({ metadata }) => metadata.name === 'web');
      assert.match(web!.containers[0]!.usage.memory, /^\d+/);
      assert.ok((await metrics.getNodeMetrics()).items.length > 0);
    },
    { timeout: 60_000 },
  );
  const pods = await k8s.topPods(config.makeApiClient(k8s.CoreV1Api), metrics, namespace);
  assert.ok(pods.some(({ Pod, Memory }) => Pod.metadata!.name === 'web' && Number(Memory.CurrentUsage) > 0));
  const [node] = await k8s.topNodes(config.makeApiClient(k8s.CoreV1Api));
  assert.ok(Number(node!.CPU.Capacity) > 0);
});
