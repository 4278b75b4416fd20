import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { CHECKOUT, ooInstall, startHostWithCheckout } from '../support/checkout-on-host.ts';
import { eventually } from '../support/eventually.ts';
import { listSettledHost } from '../support/host-listing.ts';
import { startTestNetwork } from '../support/hosts/test-network.ts';
import { platformOnHost } from '../support/platform-on-host.ts';
import { onlyExpectedResidue } from '../support/residue.ts';

// Docker out of package files that the operator's apt put together: no mirror is asked by the server's own.

// Alone on its network, so that it has the address again that it had before a power cut.
const network = await startTestNetwork();
const host = await startHostWithCheckout({ docker: 'absent', networks: [network] });
after(async () => {
  await host.dispose();
  await network[Symbol.asyncDispose]();
});
const before = await listSettledHost(host);
const install = ['localhost', '--packages', 'stream', '--images', 'none'];

test('a power cut in the middle of dpkg is finished by the next run', async () => {
  await host.shell(`setsid ${CHECKOUT}/bin/oo-install ${install.join(' ')} >/root/.cache/cut.log 2>&1 </dev/null &`);
  // dpkg tells each step on the disk: some packages are unpacked, none is configured yet.
  await eventually(() => host.shell("dpkg-query -W -f '${db:Status-Status}\\n' containerd runc | grep -q unpacked"), {
    timeout: 180_000,
    what: 'dpkg in the middle of its work',
  });
  await host.powerCycle();
  const states = (await host.shell("dpkg-query -W -f '${db:Status-Status} '")).stdout;
  assert.match(states, /unpacked|half-|triggers-/, 'nothing was left half done: the cut came too late');
  const result = await ooInstall(host, install);
  assert.equal(result.code, 0, result.stdout + result.stderr);
  assert.match(result.stdout + result.stderr, /packages streamed/);
  assert.equal((await host.exec(['dpkg', '--audit'])).stdout, '');
  using platform = await platformOnHost(host);
  assert.match(await platform.kubectl.text('get', 'nodes'), / Ready /);
});

test("the server's own package lists were never fetched", async () => {
  const { stdout } = await host.shell('find /var/lib/apt/lists -name "*Packages*" | wc -l');
  assert.equal(stdout.trim(), '0');
});

test('a second run has nothing to do', async () => {
  const result = await ooInstall(host, install);
  assert.equal(result.code, 0, result.stdout + result.stderr);
  assert.doesNotMatch(result.stdout + result.stderr, /packages streamed/);
});

test('uninstall takes exactly them away', async () => {
  const result = await ooInstall(host, ['uninstall', 'localhost', '--yes']);
  assert.equal(result.code, 0, result.stdout + result.stderr);
  await onlyExpectedResidue(host, ['absent', 'packages'], before);
});
