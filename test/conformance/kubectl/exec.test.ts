import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { eventually } from '../../support/eventually.ts';
import { WEB_A } from '../../support/images.ts';
import { IN_TIME } from '../../support/kubectl.ts';
import { scriptPod, webController, webPod } from '../../support/manifests.ts';
import { patient } from '../../support/patience.ts';
import { useNamespace } from '../../support/shared-platform.ts';

const { kubectl } = await useNamespace('exec');
const folder = mkdtempSync(join(tmpdir(), 'oo-test-cp-'));
after(() => rmSync(folder, { recursive: true }));

before(async () => {
  await kubectl.create(webPod('web'));
  await kubectl.create(
    scriptPod('talker', 'echo ready; while read line; do echo heard $line; done', {
      container: { stdin: true, stdinOnce: false },
    }),
  );
  await kubectl(['wait', '--for=condition=Ready', 'pod/web', 'pod/talker', IN_TIME]);
});

test('exec keeps both outputs apart and passes the exit code on', async () => {
  const result = await kubectl(['exec', 'web', '--', 'sh', '-c', 'echo out; echo err >&2; exit 7'], { anyCode: true });
  assert.equal(result.stdout, 'out\n');
  assert.equal(result.stderr, 'err\ncommand terminated with exit code 7\n');
  assert.equal(result.code, 7);
});

test('exec of a program that is not there, and in a container that is not there', async () => {
  const missing = await kubectl(['exec', 'web', '--', 'no-such-program'], { anyCode: true });
  assert.notEqual(missing.code, 0);
  assert.match(missing.stdout + missing.stderr, /"no-such-program": executable file not found in \$PATH/);
  assert.match(
    await kubectl.failure(['exec', 'web', '-c', 'nope', '--', 'true']),
    /container nope is not valid for pod web|container not found/,
  );
});

test('a megabyte goes in and comes out unchanged', async () => {
  const data = randomBytes(1 << 20).toString('base64');
  const { stdout } = await kubectl(['exec', '-i', 'web', '--', 'cat'], { stdin: data });
  assert.equal(stdout.length, data.length);
  assert.equal(stdout, data);
  const sum = await kubectl(['exec', '-i', 'web', '--', 'sh', '-c', 'wc -c'], { stdin: data });
  assert.equal(Number(sum.stdout), data.length);
});

test('all of it over SPDY as well, as older clients do and where a proxy lets no WebSocket through', async () => {
  const env = { KUBECTL_REMOTE_COMMAND_WEBSOCKETS: 'false' };
  const exec = ['exec', '-v=6', '-i', 'web', '--', 'sh', '-c', 'wc -c; echo err >&2; exit 7'];
  const { stdout, stderr, code } = await kubectl(exec, { stdin: Buffer.alloc(1 << 20, 'abc\n'), env, anyCode: true });
  assert.deepEqual([Number(stdout), code], [1 << 20, 7]);
  assert.match(stderr, /POST\S* \S+\/pods\/web\/exec\?[^]*^err$/m);
});

test('exec -it is a terminal: it echoes, has a size and a name, and a shell on it answers', async () => {
  await using shell = kubectl.start(['exec', '-it', 'web', '--', 'sh'], { terminal: true });
  await shell.until(/[#$] /);
  shell.stdin.write('tty; echo $((6 * 7))\n');
  await shell.until(/\/dev\/pts\/\d+/);
  await shell.until(/\r\n42\r\n/);
  // Its size follows a moment after the terminal.
  await eventually(() => {
    shell.stdin.write('stty size\n');
    assert.match(shell.output(), /\r\n40 120\r\n/);
  });
  shell.stdin.write('exit 5\n');
  assert.equal(await shell.ended(), 5);
});

test('Ctrl-C reaches the program in the terminal', async () => {
  await using shell = kubectl.start(
    ['exec', '-it', 'web', '--', 'sh', '-c', 'trap "echo interrupted; exit 9" INT; echo up; while true; do sleep 0.1; done'],
    {
      terminal: true,
    },
  );
  await shell.until(/up/);
  shell.stdin.write('\u0003');
  await shell.until(/interrupted/);
  assert.equal(await shell.ended(), 9);
});

test('attach talks to the main process', async () => {
  await using attached = kubectl.start(['attach', '-i', 'talker']);
  await attached.until(/^/);
  attached.stdin.write('first\n');
  await attached.until(/heard first/);
  attached.stdin.write('second\n');
  await attached.until(/heard second/);
});

test('attach -it is the terminal of the main process', async () => {
  await kubectl.create(
    scriptPod('teller', 'stty size; while read line; do echo told $line; stty size; done', {
      container: { stdin: true, tty: true },
    }),
  );
  await kubectl(['wait', '--for=condition=Ready', 'pod/teller', IN_TIME]);
  await using attached = kubectl.start(['attach', '-it', 'teller'], { terminal: true });
  await attached.until(/If you don't see a command prompt/);
  // Its size follows a moment after the terminal.
  await eventually(() => {
    attached.stdin.write('news\n');
    assert.match(attached.output(), /told news\r\n40 120\r\n/);
  });
});

test('run -it gives a shell that is gone when it ends', async () => {
  await using shell = kubectl.start(
    [
      'run',
      'visitor',
      '-it',
      '--rm',
      '--restart=Never',
      `--pod-running-timeout=${patient(50)}s`,
      `--image=${WEB_A}`,
      '--image-pull-policy=IfNotPresent',
      '--',
      'sh',
    ],
    { terminal: true },
  );
  await shell.until(/[#$] /, 30_000);
  shell.stdin.write('echo $((6 * 7)); exit 3\n');
  await shell.until(/\r\n42\r\n/);
  await shell.until(/pod "visitor" deleted/);
  assert.equal(await shell.ended(), 3);
  await eventually(async () => assert.match(await kubectl.failure(['get', 'pod', 'visitor']), /NotFound/));
});

test('exec by a controller’s name', async () => {
  await kubectl.create(webController('many', 1));
  await kubectl(['wait', '--for=jsonpath={.status.readyReplicas}=1', 'rc/many', IN_TIME]);
  assert.match(await kubectl.text('exec', 'rc/many', '-c', 'web', '--', 'hostname'), /^many-\w{5}$/);
});

test('cp into a pod and back, files and folders', async () => {
  const data = randomBytes(300_000);
  mkdirSync(join(folder, 'tree', 'deep'), { recursive: true });
  writeFileSync(join(folder, 'tree', 'deep', 'data'), data);
  writeFileSync(join(folder, 'tree', 'note.txt'), 'hello\n');
  await kubectl(['cp', join(folder, 'tree'), 'web:/tmp/tree']);
  assert.equal(await kubectl.text('exec', 'web', '--', 'cat', '/tmp/tree/note.txt'), 'hello');
  await kubectl(['cp', 'web:/tmp/tree', join(folder, 'back')]);
  assert.deepEqual(readFileSync(join(folder, 'back', 'deep', 'data')), data);
});
