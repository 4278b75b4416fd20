import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { ooInstall, startHostWithCheckout } from '../support/checkout-on-host.ts';
import { listSettledHost } from '../support/host-listing.ts';
import { platformOnHost } from '../support/platform-on-host.ts';
import { onlyExpectedResidue } from '../support/residue.ts';

const host = await startHostWithCheckout({ docker: 'stopped' });
after(() => host.dispose());
const before = await listSettledHost(host);

test('a Docker that is installed but stopped is started, and that is said', async () => {
  const result = await ooInstall(host, ['localhost']);
  assert.equal(result.code, 0, result.stdout + result.stderr);
  assert.match(result.stdout + result.stderr, /start(ed)? Docker|Docker.*start/i);
  assert.equal((await host.exec(['systemctl', 'is-active', 'docker'])).stdout.trim(), 'active');
  using platform = await platformOnHost(host);
  assert.match(await platform.kubectl.text('get', 'nodes'), / Ready /);
});

test('uninstall leaves Docker as it was: stopped', async () => {
  const result = await ooInstall(host, ['uninstall', 'localhost', '--yes']);
  assert.equal(result.code, 0, result.stdout + result.stderr);
  assert.equal((await host.exec(['systemctl', 'is-active', 'docker'], { anyCode: true })).stdout.trim(), 'inactive');
  await onlyExpectedResidue(host, ['stopped'], before);
});
