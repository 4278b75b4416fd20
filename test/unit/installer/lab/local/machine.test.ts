import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer } from 'node:net';
import { test } from 'node:test';
import { listenProblems } from '../../../../../lib/installer/lab/local/machine/listen-address.ts';
import { takenPorts } from '../../../../../lib/installer/lab/local/machine/port-owner.ts';
import { imageRoomProblems, roomProblems } from '../../../../../lib/installer/lab/local/machine/room.ts';

test('loopback needs no flag; another address of this machine does, and no other will do', () => {
  const own = ['127.0.0.1', '192.0.2.7'];
  assert.deepEqual(listenProblems('127.0.0.1', false, own), []);
  assert.deepEqual(listenProblems('127.0.0.2', false, own), []);
  assert.match(listenProblems('192.0.2.7', false, own)[0]!, /^local\.listen is 192\.0\.2\.7: .*as good as root.*--expose/);
  assert.deepEqual(listenProblems('192.0.2.7', true, own), []);
  assert.match(listenProblems('192.0.2.8', true, own)[0]!, /no address of this machine \(127\.0\.0\.1, 192\.0\.2\.7\)/);
  assert.match(listenProblems('0.0.0.0', true, own)[0]!, /name the one address/);
});

test('a port that is taken is told with who has it: a program, or a container', async () => {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as { port: number };
  const container = { Id: 'abc', Names: ['/web'], Labels: { of: 'somebody' }, Ports: [{ PublicPort: port }] };
  const ask = (containers: readonly unknown[], except = (_labels: object) => false) =>
    takenPorts({ listContainers: async () => containers } as never, { ports: [port], address: '127.0.0.1', except });
  try {
    const [taken] = await ask([]);
    assert.equal(taken?.port, port);
    assert.match(taken.by, new RegExp(`^\\S+ \\(process ${process.pid}\\)$`));
    assert.deepEqual(await ask([container]), [{ port, by: 'the container web' }]);
    assert.deepEqual(await ask([container], (labels) => 'of' in labels), []);
  } finally {
    server.close();
    await once(server, 'close');
  }
  assert.deepEqual(await ask([container]), []);
});

test('more hosts than the machine has room for are refused, with what is needed and what is there', async () => {
  assert.deepEqual(await roomProblems(0, undefined, '/'), []);
  const problems = (await roomProblems(100_000, 1024, '/')).join('\n');
  assert.match(problems, /^100000 hosts need 102400000 MiB of memory \(1024 each\) and \d+ are free/m);
  assert.match(problems, /^100000 hosts need \d+ MiB in \/ and \d+ are free/m);
  assert.match(problems, /fs\.inotify\.max_user_instances, which is \d+ .*: sysctl -w fs\.inotify\.max_user_instances=\d+$/m);
});

test('the image of the hosts is begun only where there is room for it', async () => {
  assert.deepEqual(await imageRoomProblems(process.cwd()), []);
  // A file system of the kernel's own, which has no room at all.
  assert.match(
    (await imageRoomProblems('/proc'))[0]!,
    /^making the image .* needs 1000 MiB in \/proc and 0 are free: make room there/,
  );
});
