import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { after, test } from 'node:test';
import { ooInstall, startHostWithCheckout } from '../support/checkout-on-host.ts';
import { eventually } from '../support/eventually.ts';
import { listHost, listingDifference, listSettledHost } from '../support/host-listing.ts';
import { holdAddress } from '../support/hosts/hold-address.ts';
import {
  createExamples,
  examplesAnswer,
  examplesReady,
  exampleUrl,
  HOST_KUBECONFIG,
  platformBackOnHost,
  platformOnHost,
} from '../support/platform-on-host.ts';
import { onlyExpectedResidue } from '../support/residue.ts';

// A server with systemd whose Docker runs: from the first command to the last, in this order.

const host = await startHostWithCheckout({ docker: 'running' });
after(() => host.dispose());
const token = randomBytes(8).toString('hex');
const before = await listSettledHost(host);

test('a dry run says what would be done and changes nothing', async () => {
  const result = await ooInstall(host, ['localhost', '--dry-run']);
  assert.equal(result.code, 0, result.stdout + result.stderr);
  assert.match(result.stdout + result.stderr, /OpenShift/);
  await onlyExpectedResidue(host, ['running'], before);
});

test('the installation ends with a platform, its address, its kubeconfig and three commands', async () => {
  const result = await ooInstall(host, ['localhost']);
  assert.equal(result.code, 0, result.stdout + result.stderr);
  assert.match(result.stdout, new RegExp(`https://${(await host.address()).replaceAll('.', '\\.')}:8443`));
  assert.match(result.stdout, new RegExp(`^\\s*kubeconfig: ${HOST_KUBECONFIG}$`, 'm'));
  assert.match(result.stdout, /^ +export KUBECONFIG=.+\n +kubectl get nodes\n +kubectl .+$/m);
  assert.equal((await host.exec(['stat', '-c', '%a %U', HOST_KUBECONFIG])).stdout.trim(), '600 root');
  assert.equal((await host.exec(['systemctl', 'is-enabled', 'openshift'])).stdout.trim(), 'enabled');
});

test('again: nothing to do, and nothing changes', async () => {
  const listing = await listSettledHost(host);
  const result = await ooInstall(host, ['localhost']);
  assert.equal(result.code, 0, result.stdout + result.stderr);
  assert.match(result.stdout + result.stderr, /nothing to do/i);
  await eventually(async () => {
    // The agent goes when nobody has asked it for a while, before the first look or after it.
    const differences = listingDifference(listing, await listHost(host)).filter(
      (line) => !/oo-install-agent|agent\.(mjs|sock)/.test(line),
    );
    assert.deepEqual(differences, []);
  });
});

test('kubectl from another machine: examples run and answer on the node port', async () => {
  using platform = await platformOnHost(host);
  assert.match(await platform.kubectl.text('get', 'nodes'), / Ready /);
  await createExamples(platform.kubectl, token);
  await examplesAnswer(await exampleUrl(host, platform.kubectl), token);
});

test('status says that it is healthy, as text and as JSON', async () => {
  const text = await ooInstall(host, ['status', 'localhost']);
  assert.equal(text.code, 0, text.stdout + text.stderr);
  const json = await ooInstall(host, ['status', 'localhost', '--json']);
  assert.equal(json.code, 0, json.stdout + json.stderr);
  for (const line of json.stdout.trim().split('\n')) JSON.parse(line);
});

test('after a reboot everything comes back by itself', async () => {
  await host.restart();
  using platform = await platformBackOnHost(host);
  await examplesReady(platform.kubectl);
  await examplesAnswer(await exampleUrl(host, platform.kubectl), token);
});

test('after a power cut too, and when it has another address then', async () => {
  const address = await host.address();
  await host.powerOff();
  await using _held = await holdAddress(host.name, address);
  await host.powerOn();
  assert.notEqual(await host.address(), address);
  using platform = await platformBackOnHost(host);
  await examplesReady(platform.kubectl);
  await examplesAnswer(await exampleUrl(host, platform.kubectl), token);
});

test('uninstall leaves what was there before, and a committed list of the rest', async () => {
  const result = await ooInstall(host, ['uninstall', 'localhost', '--yes']);
  assert.equal(result.code, 0, result.stdout + result.stderr);
  await onlyExpectedResidue(host, ['running'], before);
});
