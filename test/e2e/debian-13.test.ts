import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { ooInstall, startHostWithCheckout } from '../support/checkout-on-host.ts';
import { listSettledHost } from '../support/host-listing.ts';
import { createExamples, examplesAnswer, exampleUrl, platformOnHost } from '../support/platform-on-host.ts';
import { onlyExpectedResidue } from '../support/residue.ts';

// Debian 13, where Docker is newer and its client is a package of its own; streamed, so that its archive is put together too.

const host = await startHostWithCheckout({ docker: 'absent', release: 'trixie' });
after(() => host.dispose());
const before = await listSettledHost(host);

test('Debian 13 without Docker gets it, and the platform', async () => {
  const result = await ooInstall(host, ['localhost', '--packages', 'stream']);
  assert.equal(result.code, 0, result.stdout + result.stderr);
  using platform = await platformOnHost(host);
  await createExamples(platform.kubectl, 'trixie');
  await examplesAnswer(await exampleUrl(host, platform.kubectl), 'trixie');
});

test('uninstall takes everything away that it brought', async () => {
  const result = await ooInstall(host, ['uninstall', 'localhost', '--yes']);
  assert.equal(result.code, 0, result.stdout + result.stderr);
  await onlyExpectedResidue(host, ['absent', 'packages'], before);
});
