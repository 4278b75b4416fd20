import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { after, test } from 'node:test';
import { copyCheckoutTo, ooInstall } from '../../support/checkout-on-host.ts';
import { listHost, listingDifference } from '../../support/host-listing.ts';
import { createExamples, examplesAnswer, examplesReady, exampleUrl, platformOnHost } from '../../support/platform-on-host.ts';
import { assertOnlyExpectedResidue } from '../../support/residue.ts';
import { startTestMachine } from '../../support/vm/test-machine.ts';

// A whole machine with a kernel and modules of its own: containers share this machine's, and hide what is missing.

/** Every instruction is emulated: what takes a second elsewhere takes ten. */
const patience = { timeout: 300_000 };

const machine = await startTestMachine();
after(() => machine.dispose());
await copyCheckoutTo(machine);
const token = randomBytes(8).toString('hex');
const before = await listHost(machine);

test('the installation loads the modules that it needs, and the examples answer', async () => {
  const result = await ooInstall(machine, ['localhost'], { timeout: 900_000 });
  assert.equal(result.code, 0, result.stdout + result.stderr);
  using platform = await platformOnHost(machine);
  await createExamples(platform.kubectl, token, patience);
  await examplesAnswer(await exampleUrl(machine, platform.kubectl), token, patience);
});

test('after a reboot everything comes back by itself', async () => {
  await machine.restart();
  using platform = await platformOnHost(machine);
  await examplesReady(platform.kubectl, patience);
  await examplesAnswer(await exampleUrl(machine, platform.kubectl), token, patience);
});

test('after a power cut too', async () => {
  await machine.powerCycle();
  using platform = await platformOnHost(machine);
  await examplesReady(platform.kubectl, patience);
  await examplesAnswer(await exampleUrl(machine, platform.kubectl), token, patience);
});

test('uninstall leaves what was there before, and a committed list of the rest', async () => {
  const result = await ooInstall(machine, ['uninstall', 'localhost', '--yes'], { timeout: 600_000 });
  assert.equal(result.code, 0, result.stdout + result.stderr);
  assertOnlyExpectedResidue(['running', 'packages'], listingDifference(before, await listHost(machine)));
});
