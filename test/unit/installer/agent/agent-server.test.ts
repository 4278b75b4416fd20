import assert from 'node:assert/strict';
import { existsSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { createConnection } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { type AgentClient, agentClient } from '../../../../lib/installer/agent/agent-client.ts';
import { runAgent } from '../../../../lib/installer/agent/agent-server.ts';
import { agentSocket } from '../../../../lib/installer/agent/call-context.ts';
import { eventually } from '../../../support/eventually.ts';

/** An agent of its own, on a socket in a folder of its own. */
async function startAgent(options: { idle?: number } = {}) {
  const dir = mkdtempSync(join(tmpdir(), 'oo-agent-'));
  const paths = { optDir: join(dir, 'opt'), stateDir: join(dir, 'state'), runDir: join(dir, 'run') };
  const ended = runAgent(paths, { idle: 60_000, ...options });
  const clients: AgentClient[] = [];
  const connect = async () => {
    const socket = createConnection(agentSocket(paths));
    const closed = new Promise<Error>((resolve) => socket.once('close', () => resolve(new Error('closed'))));
    await new Promise((resolve, reject) => socket.once('connect', resolve).once('error', reject));
    const client = agentClient({ input: socket, output: socket, ended: closed, close: () => socket.destroy() }, 'test');
    clients.push(client);
    return { client, socket };
  };
  await eventually(() => existsSync(agentSocket(paths)));
  return {
    dir,
    paths,
    ended,
    connect,
    async [Symbol.asyncDispose]() {
      // One that was idle has ended by itself, and took its socket along.
      if (existsSync(agentSocket(paths))) await (await connect()).client.call('agent.exit', {});
      for (const client of clients) client.close();
      await ended;
      rmSync(dir, { recursive: true, force: true });
    },
  };
}
const change = { phase: 'p', description: 'd' };

test('only root reaches the socket', async () => {
  await using agent = await startAgent();
  assert.equal(statSync(agentSocket(agent.paths)).mode & 0o777, 0o600);
});

test('a call is answered, typed and journalled with who asked for it', async () => {
  await using agent = await startAgent();
  const { client } = await agent.connect();
  const path = join(agent.dir, 'x');
  assert.deepEqual(await client.call('file.write', { path, content: 'hi', mode: 0o600 }, { change }), { changed: true });
  assert.equal(readFileSync(path, 'utf8'), 'hi');
  const { entries } = await client.call('journal.read', {});
  assert.deepEqual(
    entries.map(({ phase, description, state }) => ({ phase, description, state })),
    [{ ...change, state: 'done' }],
  );
});

test('a change that names no phase, an unknown call and a wrong parameter are refused, and nothing happens', async () => {
  await using agent = await startAgent();
  const { client, socket } = await agent.connect();
  const path = join(agent.dir, 'x');
  await assert.rejects(client.call('file.write', { path, content: '', mode: 0o600 }), { code: 'BAD_CALL' });
  for (const bad of ['relative', '/a/../b', '/a/./b', '/', '/a\0b', '']) {
    await assert.rejects(
      client.call('file.write', { path: bad, content: '', mode: 0o600 }, { change }),
      { code: 'BAD_CALL' },
      bad,
    );
  }
  const names = ['docker.io; reboot', '-o=x', '$(reboot)', 'a b', '../x', 'Docker'];
  for (const name of names) {
    await assert.rejects(
      client.call('packages.install', { names: [name], lockTimeout: 1 }, { change }),
      { code: 'BAD_CALL' },
      name,
    );
  }
  for (const name of ['*.service', '--now', 'x', 'a b.service']) {
    await assert.rejects(
      client.call('unit.start', { name, restart: false, enable: true }, { change }),
      { code: 'BAD_CALL' },
      name,
    );
  }
  socket.write('{"id":99,"call":"__proto__","params":{}}\n');
  socket.write('no json\n');
  assert.equal((await client.call('hello', {})).pid, process.pid, 'the agent goes on');
  assert.equal(existsSync(path), false);
});

test('a call that only a newer operator knows is refused, not left without an answer', async () => {
  await using agent = await startAgent();
  const { client } = await agent.connect();
  await assert.rejects(client.call('call.of.tomorrow' as 'hello', {}), { code: 'BAD_CALL' });
  const { protocol, calls } = await client.call('hello', {});
  assert.deepEqual([protocol, calls?.includes('log.stream')], [1, true]);
});

test('a log is told line by line, and the program that reads it ends with the connection', async () => {
  await using agent = await startAgent({ idle: 3_000 });
  const { client, socket } = await agent.connect();
  const file = join(agent.dir, 'log');
  writeFileSync(file, 'one\ntwo\nthree\n');
  const lines: string[] = [];
  const onProgress = (line: string) => void lines.push(line);
  await client.call('log.stream', { file, lines: 2, follow: false }, { onProgress });
  assert.deepEqual(lines, ['two', 'three']);
  const following = client.call('log.stream', { file, lines: 0, follow: true }, { onProgress });
  await eventually(() => {
    writeFileSync(file, 'more\n', { flag: 'a' });
    return lines.includes('more');
  });
  socket.destroy();
  await assert.rejects(following, { code: 'AGENT_LOST' });
  // Its socket is removed once it is idle: a call that still ran would keep it.
  await agent.ended;
});

test('two operators: the second is told who works there and since when, and may take over from one who is gone', async () => {
  await using agent = await startAgent();
  const first = await agent.connect();
  const second = await agent.connect();
  assert.equal((await first.client.call('lock.take', { owner: 'ann@laptop', force: false })).taken, true);
  const refused = await second.client.call('lock.take', { owner: 'bob@desk', force: false });
  assert.deepEqual([refused.taken, refused.owner], [false, 'ann@laptop']);
  assert.match(refused.since, /^\d{4}-\d\d-\d\dT/);
  const write = { path: join(agent.dir, 'x'), content: '', mode: 0o600 };
  await assert.rejects(second.client.call('file.write', write, { change }), { code: 'HOST_LOCKED' });
  assert.equal((await second.client.call('lock.take', { owner: 'bob@desk', force: true })).taken, true);
  await assert.rejects(first.client.call('file.write', write, { change }), { code: 'HOST_LOCKED', message: /bob@desk/ });
  second.socket.destroy();
  await eventually(async () => (await first.client.call('lock.take', { owner: 'ann@laptop', force: false })).taken);
});

test('a connection that is cut does not cut the change that it began, and the calls that wait are told', async () => {
  await using agent = await startAgent();
  const first = await agent.connect();
  const path = join(agent.dir, 'x');
  const call = first.client.call('file.write', { path, content: 'x'.repeat(100_000), mode: 0o600 }, { change });
  await new Promise((resolve) => setImmediate(resolve));
  first.socket.destroy();
  await assert.rejects(call, { code: 'AGENT_LOST', failure: 'connection' });
  const second = await agent.connect();
  await eventually(async () => {
    const { entries } = await second.client.call('journal.read', {});
    // Either it never arrived, or it was done whole.
    return entries.length === 0 || (entries[0]?.state === 'done' && readFileSync(path).length === 100_000);
  });
});

test('a socket that a killed agent left is no obstacle, and a second agent makes way for the first', async () => {
  await using agent = await startAgent();
  await runAgent(agent.paths);
  const { client } = await agent.connect();
  assert.equal((await client.call('hello', {})).pid, process.pid);

  const dir = mkdtempSync(join(tmpdir(), 'oo-agent-'));
  writeFileSync(join(dir, 'agent.sock'), '');
  await runAgent({ optDir: dir, stateDir: dir, runDir: dir }, { idle: 10 });
  assert.equal(existsSync(join(dir, 'agent.sock')), false);
  rmSync(dir, { recursive: true });
});
