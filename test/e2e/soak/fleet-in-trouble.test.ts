import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { roomForManyHosts } from '../../support/hosts/many-hosts.ts';
import { startHomeOperator } from '../../support/operator/home-operator.ts';
import { trust } from '../../support/operator/operator.ts';
import { startSshHost, type SshHost } from '../../support/ssh-host.ts';

// Six servers with one command, four of them in trouble. One has a full disk, one another key than before, one hangs, one loses its
// power in the middle and stays away for longer than it is waited for.

const room = await roomForManyHosts();
const operator = await startHomeOperator();
const users = [{ name: 'root', keys: [operator.publicKey] }];
const names = ['one', 'two', 'full', 'changed', 'hanging', 'rebooting'];
const started = await Promise.all(
  names.map(
    async (name) => [name, await startSshHost({ users, ...(name === 'full' ? { disks: { '/opt': '32m' } } : {}) })] as const,
  ),
);
const hosts = new Map<string, SshHost>(started);
after(async () => {
  await Promise.all([...hosts.values()].map((host) => host.dispose()));
  await operator[Symbol.asyncDispose]();
  await room[Symbol.asyncDispose]();
});
const troubled = {
  full: hosts.get('full')!,
  changed: hosts.get('changed')!,
  hanging: hosts.get('hanging')!,
  rebooting: hosts.get('rebooting')!,
};

await trust(operator, ...hosts.values());
await nameHosts();

/** Tells ssh where they are; one that was away may have come back with another address. */
async function nameHosts(): Promise<void> {
  const blocks = await Promise.all([...hosts].map(async ([name, host]) => `Host ${name}\n  HostName ${await host.address()}\n`));
  await operator.write({ '.ssh/config': `${blocks.join('')}Host *\n  User root\n  ConnectTimeout 8\n` });
}

/** What the summary says of each: the code of its failure, or the outcome. */
function outcomes(output: string): Record<string, string> {
  const line = output.split('\n').find((line) => line.includes('"event":"summary"'));
  assert.ok(line !== undefined, output);
  const { hosts } = JSON.parse(line) as { hosts: { host: string; outcome: string; code?: string }[] };
  return Object.fromEntries(hosts.map(({ host, outcome, code }) => [host, code ?? outcome]));
}
const healthy = names.slice(0, 2);

test('the healthy are installed; of the others each is told for what it is', { timeout: 400_000 }, async () => {
  await troubled.changed.changeHostKey();
  await troubled.hanging.freeze();
  await using run = operator.startOoInstall([...names, '--json']);
  await run.until(/"event":"change","host":"rebooting"[^\n]*install Docker/, 120_000);
  await troubled.rebooting.powerOff();
  assert.equal(await run.ended(300_000), 4, run.output());
  // Lost while the agent was at work, or while packages were sent to it: which of the two depends on where the packages come from.
  const { rebooting, ...others } = outcomes(run.output());
  assert.match(rebooting!, /^(AGENT_LOST|SSH_CONNECTION_LOST)$/);
  assert.deepEqual(others, {
    ...Object.fromEntries(healthy.map((name) => [name, 'installed'])),
    full: 'PREFLIGHT_FAILED',
    changed: 'HOST_KEY_CHANGED',
    hanging: 'SSH_TIMEOUT',
  });
});

test('mended, the same command finishes the four and finds nothing to do on the rest', { timeout: 300_000 }, async () => {
  await troubled.full.exec(['umount', '/opt']);
  await troubled.hanging.thaw();
  await troubled.rebooting.powerOn();
  await nameHosts();
  await trust(operator, ...hosts.values());
  const { code, stdout, stderr } = await operator.ooInstall([...names, '--json'], { timeout: 280_000 });
  assert.equal(code, 0, stdout + stderr);
  const expected = names.map((name) => [name, healthy.includes(name) ? 'unchanged' : 'installed']);
  assert.deepEqual(outcomes(stdout), Object.fromEntries(expected));
});
