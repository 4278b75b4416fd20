import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { ooInstall, startHostWithCheckout } from '../support/checkout-on-host.ts';

const host = await startHostWithCheckout({ docker: 'broken', equipped: true });
after(() => host.dispose());

test('a Docker that will not start is reported with its last words, and nothing of ours runs', async () => {
  const result = await ooInstall(host, ['localhost']);
  assert.notEqual(result.code, 0);
  const said = result.stdout + result.stderr;
  assert.match(said, /daemon\.json/);
  assert.match(said, /invalid character|unable to configure the Docker daemon/i);
  assert.notEqual((await host.exec(['systemctl', 'is-active', 'openshift'], { anyCode: true })).stdout.trim(), 'active');
});

test('once daemon.json is mended, the same command goes on to the end', async () => {
  await host.write({ '/etc/docker/daemon.json': '{ "log-level": "warn" }\n' });
  const result = await ooInstall(host, ['localhost']);
  assert.equal(result.code, 0, result.stdout + result.stderr);
});
