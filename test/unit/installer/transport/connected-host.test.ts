import assert from 'node:assert/strict';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createConnection, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PassThrough } from 'node:stream';
import { test } from 'node:test';
import { runAgent } from '../../../../lib/installer/agent/agent-server.ts';
import { agentSocket } from '../../../../lib/installer/agent/call-context.ts';
import { agentClient } from '../../../../lib/installer/agent/agent-client.ts';
import type { AgentPaths } from '../../../../lib/installer/agent/call-context.ts';
import { makeArtifact } from '../../../../lib/installer/artifacts/artifact.ts';
import { connectHost } from '../../../../lib/installer/transport/connected-host.ts';
import type { Transport } from '../../../../lib/installer/transport/transport.ts';
import { eventually } from '../../../support/eventually.ts';

/** A transport to an agent in this process, which loses its connections when it is told to. */
class BreakingTransport implements Transport {
  readonly name = 'web1';
  connections = 0;
  /** The connection ends when so many calls of this name were sent to the agent, without their answers. */
  breakAt: string | undefined;
  /** The server keeps its end of a connection that was lost. */
  lingers = false;
  readonly #path: string;
  readonly #sockets: Socket[] = [];

  constructor(paths: AgentPaths) {
    this.#path = agentSocket(paths);
  }

  async connect() {
    this.connections++;
    const socket = createConnection(this.#path);
    this.#sockets.push(socket);
    await new Promise((resolve, reject) => socket.once('connect', resolve).once('error', reject));
    const { promise: ended, resolve: end } = Promise.withResolvers<Error>();
    socket.once('close', () => end(new Error('closed')));
    const input = new PassThrough();
    const output = new PassThrough();
    output.on('data', (chunk: Buffer) => {
      socket.write(chunk);
      if (this.breakAt === undefined || !chunk.includes(`"call":"${this.breakAt}"`)) return;
      this.breakAt = undefined;
      socket.removeAllListeners('data');
      socket.resume();
      end(new Error('cut'));
      if (!this.lingers) socket.end();
    });
    socket.on('data', (chunk: Buffer) => input.write(chunk));
    return { input, output, ended, close: () => void socket.end() };
  }

  runScript = () => Promise.reject(new Error('no script is expected'));
  place = () => Promise.reject(new Error('nothing is to be placed'));
  send = () => Promise.reject(new Error('nothing is to be sent'));
  close = async () => this.#sockets.forEach((socket) => socket.destroy());
}

async function startHost() {
  const dir = mkdtempSync(join(tmpdir(), 'oo-host-'));
  const paths = { optDir: join(dir, 'opt'), stateDir: join(dir, 'state'), runDir: join(dir, 'run') };
  const ended = runAgent(paths, { idle: 60_000 });
  await eventually(() => existsSync(agentSocket(paths)));
  const transport = new BreakingTransport(paths);
  const client = agentClient(await transport.connect(), 'web1');
  const { bundle } = await client.call('hello', {});
  const artifact = makeArtifact('openshift', []);
  const artifacts = async () => ({ runtime: artifact, openshift: { ...artifact, sha256: bundle } });
  const nothing = () => undefined;
  const host = connectHost({
    transport,
    listener: { changing: nothing, progress: nothing, note: nothing, warn: nothing },
    dryRun: false,
    artifacts,
    owner: 'alice@laptop',
    takeLock: false,
    probePaths: [],
    probeImages: [],
    phase: () => 'write-config',
  });
  return {
    dir,
    transport,
    host,
    async [Symbol.asyncDispose]() {
      await host.close();
      const exit = agentClient(await transport.connect(), 'web1');
      await exit.call('agent.exit', {});
      exit.close();
      await ended;
      rmSync(dir, { recursive: true, force: true });
    },
  };
}

for (const lingers of [false, true]) {
  test(`a change whose answer was lost is asked for again, and made once${lingers ? '; the lost connection holds the lock for us' : ''}`, async () => {
    await using rig = await startHost();
    const { host, transport } = rig;
    transport.lingers = lingers;
    const path = join(rig.dir, 'file');
    const write = (content: string) =>
      host.change('write a file', (agent) => agent.call('file.write', { path, content, mode: 0o600 }));
    await write('before');
    transport.breakAt = 'file.write';
    await write('after');
    assert.equal(readFileSync(path, 'utf8'), 'after');
    const { entries } = await host.agent.call('journal.read', {});
    assert.equal(entries.filter(({ state }) => state === 'done').length, 1);
    assert.equal(transport.connections, 3);
  });
}

test('what must happen once is not asked for again: the loss is told, and that running again goes on', async () => {
  await using rig = await startHost();
  rig.transport.breakAt = 'journal.undo';
  const undo = rig.host.change('take back', (agent) => agent.call('journal.undo', { id: 1 }));
  await assert.rejects(undo, { code: 'AGENT_LOST', failure: 'connection', hint: /run the same command again/ });
});
