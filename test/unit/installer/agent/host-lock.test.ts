import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createConnection } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { type AgentClient, agentClient } from '../../../../lib/installer/agent/agent-client.ts';
import { inWords } from '../../../../lib/installer/agent/agent-errors.ts';
import { eventually } from '../../../support/eventually.ts';

const server = new URL('../../../../lib/installer/agent/agent-server.ts', import.meta.url).href;

/**
 * A real agent process, in a folder of its own, and a change that lasts as long as the test wants: the kernel's modprobe is a program of ours
 * that waits for a file.
 */
async function startAgent(limits: { idle?: number; silence?: number } = {}) {
  const dir = mkdtempSync(join(tmpdir(), 'oo-lock-'));
  const paths = { optDir: join(dir, 'opt'), stateDir: join(dir, 'state'), runDir: join(dir, 'run') };
  writeFileSync(
    join(dir, 'modprobe'),
    `#!/bin/sh\n: >${dir}/begun\nwhile [ ! -e ${dir}/end ]; do sleep 0.05; done\n: >${dir}/ended\n`,
  );
  chmodSync(join(dir, 'modprobe'), 0o755);
  const code = `const { runAgent } = await import(${JSON.stringify(server)});
    await runAgent(...JSON.parse(process.argv[1])); process.exit(0);`;
  const argument = JSON.stringify([paths, { idle: 60_000, ...limits }]);
  const child = spawn(process.execPath, ['--input-type=module', '-e', code, argument], {
    env: { ...process.env, PATH: `${dir}:${process.env['PATH']}` },
    stdio: ['ignore', 'ignore', 'inherit'],
  });
  const ended = once(child, 'close');
  await eventually(() => existsSync(join(paths.runDir, 'agent.sock')));
  const clients: AgentClient[] = [];
  const connect = async (owner: string) => {
    const socket = createConnection(join(paths.runDir, 'agent.sock'));
    await once(socket, 'connect');
    const closed = once(socket, 'close').then(() => new Error('closed'));
    const client = agentClient({ input: socket, output: socket, ended: closed, close: () => socket.destroy() }, 'test');
    clients.push(client);
    const lines: string[] = [];
    const take = (force = false) => client.call('lock.take', { owner, force }, { onProgress: (line) => lines.push(line) });
    const change = { phase: 'prepare-kernel', description: 'load kernel modules' };
    const work = () => client.call('kernel.prepare', { modules: ['oo_no_such_module'], sysctls: {} }, { change });
    return { client, socket, lines, take, work };
  };
  const at = (name: string) => join(dir, name);
  return {
    connect,
    begun: () => eventually(() => existsSync(at('begun'))),
    end: () => writeFileSync(at('end'), ''),
    hasEnded: () => existsSync(at('ended')),
    async [Symbol.asyncDispose]() {
      writeFileSync(at('end'), '');
      await (await connect('test')).client.call('agent.exit', {});
      for (const client of clients) client.close();
      await ended;
      rmSync(dir, { recursive: true, force: true });
    },
  };
}

test('two operators at once: the second is told who, for how long, and at what; and may take over', async () => {
  await using agent = await startAgent();
  const ann = await agent.connect('ann@laptop');
  const bob = await agent.connect('bob@desk');
  assert.equal((await ann.take()).taken, true);
  const work = ann.work();
  await agent.begun();
  const refused = await bob.take();
  assert.deepEqual([refused.taken, refused.owner, refused.doing], [false, 'ann@laptop', 'load kernel modules']);
  await assert.rejects(bob.work(), {
    code: 'HOST_LOCKED',
    message: /^ann@laptop has been working on this server for \d+ seconds?, and is at: load kernel modules$/,
    hint: /--take-lock/,
  });
  // Taken over, but not before what has begun is done.
  const taken = bob.take(true);
  await eventually(() =>
    assert.match(bob.lines.join(), /waiting for what ann@laptop has begun to end: load kernel modules \(0 s\)/),
  );
  assert.equal(agent.hasEnded(), false);
  agent.end();
  assert.equal((await taken).taken, true);
  assert.ok(agent.hasEnded());
  await work;
  await assert.rejects(ann.work(), { code: 'HOST_LOCKED', message: /bob@desk/ });
});

test('who is cut off holds the lock no longer, and what they had begun is waited for', async () => {
  await using agent = await startAgent();
  const ann = await agent.connect('ann@laptop');
  await ann.take();
  const lost = assert.rejects(ann.work(), { code: 'AGENT_LOST' });
  await agent.begun();
  ann.socket.destroy();
  await lost;
  const bob = await agent.connect('bob@desk');
  const carl = await agent.connect('carl@desk');
  const both = [bob.take(), carl.take()];
  await eventually(() => assert.match(bob.lines.join(), /ann@laptop has begun/));
  agent.end();
  const taken = (await Promise.all(both)).map((answer) => answer.taken);
  assert.deepEqual(taken, [true, false], 'only one of those who waited gets it');
});

test('a holder of whom nothing is heard any more loses the lock, though the connection stands', async () => {
  await using agent = await startAgent({ silence: 4_000 });
  const ann = await agent.connect('ann@laptop');
  const bob = await agent.connect('bob@desk');
  await ann.take();
  assert.equal((await bob.take()).taken, false);
  // A client that lives says something every few seconds; this one is asleep.
  await eventually(async () => assert.equal((await bob.take()).taken, true));
  assert.ok(ann.socket.destroyed || (await once(ann.socket, 'close')));
});

test('ages are told as people tell them', () => {
  assert.deepEqual([0, 1, 90, 150, 7_300, 200_000].map(inWords), [
    '1 second',
    '1 second',
    '90 seconds',
    '2 minutes',
    '2 hours',
    '2 days',
  ]);
});
