import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { ooInstall, startHostWithCheckout } from '../support/checkout-on-host.ts';
import { eventually } from '../support/eventually.ts';
import { makeOtherVersion } from '../support/other-version.ts';
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

test('logs, stop, start and restart go by our supervisor', async () => {
  assert.match((await ooInstall(host, ['logs', 'localhost', '-n', '5000'])).stdout, /"msg":"started"/);
  const stopped = await ooInstall(host, ['stop', 'localhost']);
  assert.equal(stopped.code, 0, stopped.stdout + stopped.stderr);
  assert.equal((await host.exec(['pgrep', '-f', 'openshift.mjs start'], { anyCode: true })).stdout, '');
  for (const command of ['start', 'restart']) {
    const result = await ooInstall(host, [command, 'localhost']);
    assert.equal(result.code, 0, result.stdout + result.stderr);
  }
  const status = await ooInstall(host, ['status', 'localhost', '--json']);
  assert.match(status.stdout, /"supervisor":"oo-install"/);
  assert.match(status.stdout, /"platform":"ready"/);
});

test('so does an upgrade, and the return from one that fails', async () => {
  const good = await makeOtherVersion(host, '0.2.0');
  const upgraded = await good.run(['upgrade', 'localhost']);
  assert.equal(upgraded.code, 0, upgraded.stdout + upgraded.stderr);
  const ends = await makeOtherVersion(host, '0.3.0', `if (process.argv[2] === 'start') process.exit(1);`);
  const returned = await ends.run(['upgrade', 'localhost']);
  assert.equal(returned.code, 6, returned.stdout + returned.stderr);
  assert.match(returned.stderr, /0\.2\.0 .*runs again[^]*UPGRADE_RETURNED/);
  const status = await good.run(['status', 'localhost', '--json']);
  assert.match(status.stdout, /"version":"0\.2\.0 /);
  assert.match(status.stdout, /"platform":"ready"/);
});

test('uninstall stops it and its supervisor', async () => {
  const result = await ooInstall(host, ['uninstall', 'localhost', '--yes']);
  assert.equal(result.code, 0, result.stdout + result.stderr);
  await eventually(async () =>
    assert.equal((await host.exec(['pgrep', '-f', 'openshift|oo-install/agent'], { anyCode: true })).stdout, ''),
  );
});
