import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { CHECKOUT, ooInstall, startHostWithCheckout } from '../support/checkout-on-host.ts';
import { eventually } from '../support/eventually.ts';
import { listHost, listingDifference } from '../support/host-listing.ts';
import { platformOnHost } from '../support/platform-on-host.ts';
import { assertOnlyExpectedResidue } from '../support/residue.ts';

// The agent is killed by SIGKILL, or the server loses power, in the middle of a step; the next run completes it, and uninstall takes it all back.

const host = await startHostWithCheckout({ docker: 'absent' });
after(() => host.dispose());
const before = await listHost(host);

/** Begins an installation, and does something to the server at the moment for which `until` (a condition of sh) waits. */
async function cutAt(until: string, cut: string): Promise<void> {
  await host.shell('rm -f /tmp/code');
  await host.shell(
    `cd ${CHECKOUT} && (bin/oo-install localhost >/tmp/out 2>&1; echo $? >/tmp/code) >/dev/null 2>&1 </dev/null &`,
  );
  await host.shell(`until ${until}; do [ ! -e /tmp/code ] || { cat /tmp/out; exit 9; }; done; ${cut}`, { timeout: 120_000 });
}
const killAgent = 'systemctl kill --signal=KILL --kill-who=all oo-install-agent.service';
const endedWith = (code: number) =>
  eventually(async () => assert.equal((await host.exec(['cat', '/tmp/code'])).stdout.trim(), String(code)), { timeout: 30_000 });
const begun = (kind: string) =>
  `tail -n 1 /var/lib/oo-install/journal.jsonl 2>/dev/null | grep -q '"state":"begun".*"kind":"${kind}"'`;
const halfInstalled = `dpkg-query -W -f '\${db:Status-Status}\\n' 2>/dev/null | grep -qE '^(unpacked|half)'`;

test('the agent and dpkg are killed while packages are half configured: it is told, and dpkg is left in need of mending', async () => {
  await cutAt(halfInstalled, killAgent);
  await endedWith(4);
  assert.match((await host.exec(['cat', '/tmp/out'])).stdout, /run the same command again to go on/);
  assert.notEqual((await host.exec(['dpkg', '--audit'])).stdout.trim(), '');
});

test('the next run mends that; the agent is killed while an image is loaded', async () => {
  await cutAt(begun('image'), killAgent);
  await endedWith(4);
  assert.equal((await host.exec(['dpkg', '--audit'])).stdout.trim(), '');
});

test('the server loses power while files are written', async () => {
  await cutAt(begun('(file|directory|platform|unit)').replace('grep -q', 'grep -qE'), 'true');
  await host.powerCycle();
  await host.shell('rm -f /tmp/code');
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
  assertOnlyExpectedResidue(['absent', 'packages'], listingDifference(before, await listHost(host)));
});
