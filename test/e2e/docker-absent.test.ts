import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { ooInstall, startHostWithCheckout } from '../support/checkout-on-host.ts';
import { listSettledHost } from '../support/host-listing.ts';
import { createExamples, examplesAnswer, exampleUrl, platformOnHost } from '../support/platform-on-host.ts';
import { onlyExpectedResidue } from '../support/residue.ts';

const host = await startHostWithCheckout({ docker: 'absent', firstRun: true });
after(() => host.dispose());
const before = await listSettledHost(host);

test('a server without Docker gets it, and the platform', async () => {
  const result = await ooInstall(host, ['localhost']);
  assert.equal(result.code, 0, result.stdout + result.stderr);
  assert.match(result.stdout + result.stderr, /install(ed)? Docker/i);
  using platform = await platformOnHost(host);
  await createExamples(platform.kubectl, 'fresh');
  await examplesAnswer(await exampleUrl(host, platform.kubectl), 'fresh');
});

test('uninstall takes everything away that it brought', async () => {
  const result = await ooInstall(host, ['uninstall', 'localhost', '--yes']);
  assert.equal(result.code, 0, result.stdout + result.stderr);
  await onlyExpectedResidue(host, ['absent', 'packages'], before);
});
