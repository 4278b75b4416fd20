import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { ooInstall, startHostWithCheckout } from '../support/checkout-on-host.ts';
import { eventually } from '../support/eventually.ts';
import { platformOnHost } from '../support/platform-on-host.ts';

// A machine whose PID 1 is no init system: our own supervisor runs the daemon.

const host = await startHostWithCheckout({ docker: 'stopped', init: false });
after(() => host.dispose());

const daemonPid = async (): Promise<string> => (await host.exec(['pgrep', '-f', 'openshift.mjs start'])).stdout.split('\n')[0]!;

test('the platform runs without systemd, and it is said that nothing starts it at boot', async () => {
  await host.shell('setsid dockerd >/var/log/dockerd.log 2>&1 </dev/null &');
  await eventually(() => host.exec(['docker', 'info']), { timeout: 20_000 });
  const result = await ooInstall(host, ['localhost']);
  assert.equal(result.code, 0, result.stdout + result.stderr);
  assert.match(result.stdout + result.stderr, /nothing starts it at boot/);
  using platform = await platformOnHost(host);
  assert.match(await platform.kubectl.text('get', 'nodes'), / Ready /);
});

test('a daemon that is killed is started again', async () => {
  const pid = await daemonPid();
  await host.exec(['kill', '-9', pid]);
  await eventually(async () => assert.notEqual(await daemonPid(), pid), { timeout: 15_000 });
  using platform = await platformOnHost(host);
  await eventually(() => platform.kubectl(['get', '--raw', '/readyz']), { timeout: 20_000 });
});

test('uninstall stops it and its supervisor', async () => {
  const result = await ooInstall(host, ['uninstall', 'localhost', '--yes']);
  assert.equal(result.code, 0, result.stdout + result.stderr);
  assert.equal((await host.exec(['pgrep', '-f', 'openshift|oo-install/agent'], { anyCode: true })).stdout, '');
});
