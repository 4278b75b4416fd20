import assert from 'node:assert/strict';
import { once } from 'node:events';
import { readFile, writeFile } from 'node:fs/promises';
import { createServer, type IncomingMessage, request } from 'node:http';
import { join } from 'node:path';
import { PassThrough } from 'node:stream';
import { type TestContext, test } from 'node:test';
import { LocalRuntime, onePod } from '../unit/platform/node/server/local-runtime.ts';
import { type NodeBench, startNodeBench } from './node-server-front.ts';

/** A node server whose one pod is this machine itself. */
async function bench(t: TestContext): Promise<NodeBench & { runtime: LocalRuntime }> {
  const runtime = new LocalRuntime();
  return { ...(await startNodeBench(t, onePod({ app: { id: 'c1' } }).list()[0]!, runtime)), runtime };
}

/** The carrier that kubectl falls back to from a broken WebSocket, and the WebSocket itself. */
for (const carrier of ['websocket', 'spdy/3.1']) {
  test(`kubectl exec over ${carrier}: outputs, input, exit code`, async (t) => {
    const { kubectl, front, dir } = await bench(t);
    front.refuseWebSockets = carrier !== 'websocket';
    const plain = await kubectl(['exec', 'web', '--', 'sh', '-c', 'echo out; echo err >&2; exit 9'], { anyCode: true });
    assert.equal(plain.stdout, 'out\n');
    assert.equal(plain.stderr, 'err\ncommand terminated with exit code 9\n');
    assert.equal(plain.code, 9);
    const input = Buffer.alloc(3_000_000, 'abc\n');
    const counted = await kubectl(['exec', '-i', 'web', '--', 'wc', '-c'], { stdin: input });
    assert.equal(counted.stdout.trim(), String(input.length));
    const large = await kubectl(['exec', 'web', '--', 'seq', '1', '500000']);
    assert.equal(large.stdout.length, 3_388_895);
    assert.equal(large.stdout.slice(-7), '500000\n');
    await writeFile(join(dir, 'file'), input);
    await kubectl(['cp', join(dir, 'file'), `web:${join(dir, 'copy')}`]);
    assert.ok((await readFile(join(dir, 'copy'))).equals(input));
    assert.ok(front.seen.at(-1)?.endsWith(carrier), String(front.seen.at(-1)));
  });

  test(`kubectl port-forward over ${carrier}`, async (t) => {
    const { kubectl, front } = await bench(t);
    front.refuseWebSockets = carrier !== 'websocket';
    const web = createServer((incoming, answer) => void incoming.pipe(answer));
    web.listen(0, '127.0.0.1');
    await once(web, 'listening');
    t.after(() => web.close());
    const { port } = web.address() as { port: number };
    await using forward = kubectl.start(['port-forward', 'web', `:${port}`, ':1']);
    const [, local] = await forward.until(new RegExp(`Forwarding from 127\\.0\\.0\\.1:(\\d+) -> ${port}\\n`));
    await Promise.all(Array.from({ length: 10 }, (_unused, n) => post(Number(local), `body ${n} ${'x'.repeat(200_000)}`)));
    // A port that nobody listens on is said, and kubectl's own way is to end then or to go on: both are fine.
    const [, refused] = await forward.until(/Forwarding from 127\.0\.0\.1:(\d+) -> 1\n/);
    await assert.rejects(post(Number(refused), 'x'));
    await forward.until(/error forwarding port 1 to pod sandbox-id, uid a-uid: .*connection refused/);
    assert.ok(front.seen.at(-1)?.endsWith(carrier), String(front.seen.at(-1)));
  });
}

test('kubectl exec -it: what is typed comes back, and the exit code is that of the process', async (t) => {
  const { kubectl, runtime } = await bench(t);
  await using session = kubectl.start(['exec', '-it', 'web', '--', 'cat'], { terminal: true });
  session.stdin.write('typed\n');
  await session.until(/typed[^]*typed/);
  // No newline of ours ends the input of a terminal: its end-of-file key goes to the process, which knows no terminal here.
  runtime.children[0]!.kill();
  assert.equal(await session.ended(), 137);
});

test('kubectl attach, logs and logs -f', async (t) => {
  const { kubectl, runtime } = await bench(t);
  await using session = kubectl.start(['attach', 'web']);
  await session.until(/see (output|a command prompt)/);
  runtime.attached.write('from the process\n');
  await session.until(/from the process/);
  assert.equal(await kubectl.text('logs', 'web'), 'line 1\nline 2');
  const log = new PassThrough();
  runtime.log = () => log;
  await using followed = kubectl.start(['logs', '-f', 'web']);
  log.write('first\n');
  await followed.until(/first/);
  log.end('last\n');
  assert.equal(await followed.ended(), 0);
  assert.match(followed.output(), /last/);
});

test('what the node refuses reaches the user in its words', async (t) => {
  const { kubectl } = await bench(t);
  assert.match(await kubectl.failure(['exec', 'web', '-c', 'app', '--', 'missing']), /executable file not found in \$PATH/);
  assert.match(
    await kubectl.failure(['logs', '--previous', 'web']),
    /previous terminated container "app" in pod "web" not found/,
  );
});

async function post(port: number, body: string): Promise<void> {
  const sent = request({ host: '127.0.0.1', port, method: 'POST', agent: false });
  sent.end(body);
  const [response] = (await once(sent, 'response')) as [IncomingMessage];
  assert.equal(Buffer.concat(await response.toArray()).toString(), body);
}
