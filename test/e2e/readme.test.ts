import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { after, test } from 'node:test';
import { packageRoot } from '../../lib/common/assets.ts';
import { CHECKOUT, startHostWithCheckout } from '../support/checkout-on-host.ts';
import { KUBECTL } from '../support/kubectl.ts';
import { makeSshKey } from '../support/ssh/ssh-key.ts';
import { startSshHost } from '../support/ssh-host.ts';

/**
 * The README, line by line, as its reader types it: every `sh` block, in order, in one shell each, on a fresh server. The
 * server is given what the README takes for granted: kubectl, curl, and another server that ssh knows as `web1`.
 */
const blocks = [...readFileSync(join(packageRoot(), 'README.md'), 'utf8').matchAll(/^```sh\n([\s\S]*?)^```$/gm)].map(
  (match) => match[1]!,
);

const key = await makeSshKey();
const [host, web1] = await Promise.all([
  startHostWithCheckout({ docker: 'absent' }),
  startSshHost({ users: [{ name: 'root', keys: [key.publicKey] }] }),
]);
after(() => Promise.all([host.dispose(), web1.dispose()]));
await host.write(
  {
    '/root/.ssh/config': `Host web1\n  HostName ${await web1.address()}\n  User root\n`,
    '/root/.ssh/id_ed25519': key.privateKey,
    '/root/.ssh/known_hosts': await web1.knownHosts(),
  },
  0o600,
);
await host.shell('apt-get -q update && apt-get -q -y install --no-install-recommends curl', { timeout: 120_000 });
await host.copyIn(dirname(KUBECTL), '/usr/local/bin', ['kubectl']);

let environment = '';
for (const block of blocks) {
  test(block.trim().split('\n')[0]!, { timeout: 240_000 }, async () => {
    const result = await host.shell(`set -eu; cd ${CHECKOUT}; ${environment}\n${block}`, { anyCode: true, timeout: 230_000 });
    assert.equal(result.code, 0, `${block}\n${result.stdout}\n${result.stderr}`);
    environment += [...block.matchAll(/^export .*$/gm)].map((match) => `${match[0]}\n`).join('');
  });
}

test('there was something to run', () => {
  assert.ok(blocks.length >= 5, `${blocks.length} blocks`);
});
