import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { CHECKOUT, ooInstall, startHostWithCheckout } from '../support/checkout-on-host.ts';
import { listSettledHost } from '../support/host-listing.ts';
import { startTestNetwork } from '../support/hosts/test-network.ts';
import { platformOnHost } from '../support/platform-on-host.ts';
import { onlyExpectedResidue } from '../support/residue.ts';

// The agent is killed by SIGKILL in the middle of its steps, and the run goes on with a new one; then the server loses power, and the next run
// completes it. Uninstall takes it all back.

// Alone on its network, so that it has the address again that it had before a power cut.
const network = await startTestNetwork();
const host = await startHostWithCheckout({ docker: 'absent', networks: [network] });
after(async () => {
  await host.dispose();
  await network[Symbol.asyncDispose]();
});
const before = await listSettledHost(host);

/**
 * Does something to the server at the moment for which `until` (a condition of sh) waits, while the installation is at work. `pause` are the seconds
 * between two looks: what takes longer leaves the processor to the installation.
 */
async function cutAt(until: string, cut: string, pause = '0.01'): Promise<void> {
  const look = `until ${until}; do [ ! -e /tmp/code ] || { cat /tmp/out; exit 9; }; sleep ${pause}; done; ${cut}`;
  await host.shell(look, { timeout: 120_000 });
}
const killAgent = 'systemctl kill --signal=KILL --kill-who=all oo-install-agent.service';
const begun = (kind: string) =>
  `tail -n 1 /var/lib/oo-install/journal.jsonl 2>/dev/null | grep -qE '"state":"begun".*"kind":"(${kind})"'`;
const halfInstalled = `dpkg-query -W -f '\${db:Status-Status}\\n' 2>/dev/null | grep -qE '^(unpacked|half)'`;

test('the agent and dpkg are killed while packages are half configured: a new agent mends that', async () => {
  await host.shell(
    `cd ${CHECKOUT} && (bin/oo-install localhost --images none >/tmp/out 2>&1; echo $? >/tmp/code) >/dev/null 2>&1 </dev/null &`,
  );
  await cutAt(halfInstalled, `${killAgent}; dpkg --audit >/tmp/audit`, '0.1');
  assert.notEqual((await host.exec(['cat', '/tmp/audit'])).stdout.trim(), '');
});

test('the agent is killed while an image is loaded: the run goes on with another', async () => {
  await cutAt(begun('image'), killAgent);
  assert.equal((await host.exec(['dpkg', '--audit'])).stdout.trim(), '');
});

test('the server loses power while files are written', async () => {
  await cutAt(begun('file|directory|platform|unit'), 'true');
  await host.powerCycle();
});

test('the next run completes all of it', async () => {
  const result = await ooInstall(host, ['localhost']);
  assert.equal(result.code, 0, result.stdout + result.stderr);
  using platform = await platformOnHost(host);
  assert.match(await platform.kubectl.text('get', 'nodes'), / Ready /);
});

test('uninstall leaves no more than after an installation that nobody disturbed', async () => {
  const result = await ooInstall(host, ['uninstall', 'localhost', '--yes']);
  assert.equal(result.code, 0, result.stdout + result.stderr);
  await onlyExpectedResidue(host, ['absent', 'packages'], before);
});
