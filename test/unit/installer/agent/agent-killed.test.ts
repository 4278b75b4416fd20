import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createConnection } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { agentClient } from '../../../../lib/installer/agent/agent-client.ts';
import { eventually } from '../../../support/eventually.ts';

const server = new URL('../../../../lib/installer/agent/agent-server.ts', import.meta.url).href;
const change = { phase: 'write-config', description: 'write a file' };

/** Agents, one after another, as real processes on one server: a folder. */
function machine() {
  const dir = mkdtempSync(join(tmpdir(), 'oo-killed-'));
  const paths = { optDir: join(dir, 'opt'), stateDir: join(dir, 'state'), runDir: join(dir, 'run') };
  const start = async () => {
    const code = `const { runAgent } = await import(${JSON.stringify(server)}); await runAgent(JSON.parse(process.argv[1]), { idle: 60_000 });`;
    const child = spawn(process.execPath, ['--input-type=module', '-e', code, JSON.stringify(paths)], { stdio: 'ignore' });
    const dial = async () => {
      const socket = createConnection(join(paths.runDir, 'agent.sock'));
      await once(socket, 'connect');
      return socket;
    };
    const socket = await eventually(dial, { timeout: 10_000 });
    const closed = once(socket, 'close').then(() => new Error('closed'));
    const client = agentClient({ input: socket, output: socket, ended: closed, close: () => socket.destroy() }, 'test');
    return { child, client, ended: once(child, 'close') };
  };
  const at = (name: string) => join(dir, name);
  return { at, start, [Symbol.asyncDispose]: async () => rmSync(dir, { recursive: true, force: true }) };
}

test('an agent killed in the middle of writing a file: the next one finds it in its journal, writes it whole, and takes all of it back', async () => {
  await using r = machine();
  const temporary = r.at('.config.oo-install');
  const content = 'x'.repeat(20_000_000);
  writeFileSync(r.at('config'), 'theirs');
  for (let attempt = 0; !existsSync(temporary); attempt++) {
    assert.ok(attempt < 20, 'it was never in the middle of writing when it was killed');
    const { child, client, ended } = await r.start();
    const write = client.call('file.write', { path: r.at('config'), content: `${attempt}${content}`, mode: 0o600 }, { change });
    const settled = write.then(
      () => 'written',
      (error: { code: string }) => error.code,
    );
    const isThere = async () => {
      for (;;) {
        if (existsSync(temporary)) return 'begun';
        await new Promise((resolve) => setImmediate(resolve));
      }
    };
    await Promise.race([settled, isThere()]);
    child.kill('SIGKILL');
    await ended;
    assert.match(await settled, /^(AGENT_LOST|written)$/);
  }
  assert.ok(['theirs', 'x'].includes(readFileSync(r.at('config'), 'utf8').replace(/^\d+x+$/, 'x')), 'never a part of a file');

  const { client, ended } = await r.start();
  assert.deepEqual(await client.call('file.write', { path: r.at('config'), content: 'ours', mode: 0o600 }, { change }), {
    changed: true,
  });
  assert.deepEqual([readFileSync(r.at('config'), 'utf8'), existsSync(temporary)], ['ours', false]);
  const { entries } = await client.call('journal.read', {});
  for (const { id } of entries.filter(({ state }) => state !== 'undone').reverse()) {
    await client.call('journal.undo', { id }, { change: { phase: 'uninstall', description: 'take back' } });
  }
  assert.equal(readFileSync(r.at('config'), 'utf8'), 'theirs');
  assert.deepEqual(
    readdirSync(r.at('.')).filter((name) => name.includes('oo-install')),
    [],
  );
  await client.call('agent.exit', {});
  client.close();
  await ended;
});
