import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { cuttingRelay, type CuttingRelay } from '../support/cutting-relay.ts';
import { startHomeOperator, type HomeOperator } from '../support/operator/home-operator.ts';
import { runSeed, seededRandom } from '../support/random.ts';
import { knownHostsLine } from '../support/ssh/ssh-key.ts';
import { startSshHost, type SshHost } from '../support/ssh-host.ts';
import type { TestHostOptions } from '../support/test-host.ts';

// Connections that break, agents that die, operators who meet: whatever happened, the next run brings the server to the end.

const operator = await startHomeOperator();
const other = await startHomeOperator();
after(() => Promise.all([operator[Symbol.asyncDispose](), other[Symbol.asyncDispose]()]));

interface Reached extends AsyncDisposable {
  readonly host: SshHost;
  readonly relay: CuttingRelay;
  /** How both operators name it: by way of the relay. */
  readonly target: string;
}

/** A server, bare unless told, behind a relay. */
async function startReached(state: TestHostOptions = {}): Promise<Reached> {
  const host = await startSshHost({ ...state, users: [{ name: 'root', keys: [operator.publicKey, other.publicKey] }] });
  const relay = await cuttingRelay({ host: await host.address(), port: 22 });
  for (const who of [operator, other]) {
    await who.write({ '.ssh/known_hosts': knownHostsLine('127.0.0.1', host.hostKey, relay.port) });
  }
  return {
    host,
    relay,
    target: `root@127.0.0.1:${relay.port}`,
    async [Symbol.asyncDispose]() {
      await relay[Symbol.asyncDispose]();
      await host.dispose();
    },
  };
}

/** The last event of a run. */
function lastEvent(stdout: string): { event: string; outcome?: string; code?: string; failure?: string } {
  return JSON.parse(stdout.trim().split('\n').at(-1)!) as { event: string };
}

async function completes(who: HomeOperator, target: string): Promise<void> {
  const result = await who.ooInstall([target, '--json']);
  assert.equal(result.code, 0, result.stdout + result.stderr);
}

/** Runs whose every connection is cut: OO_CUTS makes it many. */
const CUT_RUNS = Number(process.env['OO_CUTS'] ?? 2);
const seed = runSeed();
test(`every connection is cut at a random byte, run after run; the first whole one completes it (OO_TEST_SEED=${seed})`, async () => {
  await using server = await startReached();
  const random = seededRandom(seed);
  // From the first packets to most of what is sent, each order of magnitude as often as the others.
  server.relay.cutAfter(() => Math.round(1_000 * 60_000 ** random()));
  for (let run = 0; run < CUT_RUNS; run++) {
    const { code, stdout, stderr } = await operator.ooInstall([server.target, '--json']);
    if (code === 0) break;
    assert.equal(code, 4, stdout + stderr);
    assert.equal(lastEvent(stdout).failure, 'connection', stdout);
  }
  server.relay.cutAfter(undefined);
  await completes(operator, server.target);
  assert.ok(server.relay.connections > 1);
});

test('a second operator is refused while one works, and told by whom; cut in the middle of dpkg, the next run goes on', async () => {
  await using server = await startReached();
  await using run = operator.startOoInstall([server.target, '--json']);
  await run.until(/"phase":"install-docker"/, 120_000);
  const refused = await other.ooInstall([server.target, '--json']);
  assert.equal(refused.code, 7, refused.stdout + refused.stderr);
  assert.equal(lastEvent(refused.stdout).code, 'HOST_LOCKED');
  await run.until(/(Unpacking|Setting up) /, 120_000);
  server.relay.cut();
  assert.ok([0, 4].includes(await run.ended(120_000)), run.output());
  await completes(operator, server.target);
  assert.equal((await server.host.exec(['dpkg', '--audit'])).stdout, '');
});

test('the agent is killed in the middle; the next run completes', async () => {
  await using server = await startReached({ docker: 'stopped', equipped: true });
  await using run = operator.startOoInstall([server.target, '--json']);
  await run.until(/"phase":"load-images","title":"[^"]*","state":"running"/, 120_000);
  await server.host.exec(['pkill', '-KILL', '-f', 'agent.mjs'], { anyCode: true });
  assert.ok([0, 1, 4].includes(await run.ended(120_000)), run.output());
  await completes(operator, server.target);
});
