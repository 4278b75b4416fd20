import assert from 'node:assert/strict';
import { test } from 'node:test';
import { startTestHost } from '../support/test-host.ts';

// The servers that the other end-to-end tests stand on: when these fail, read nothing into theirs.

test('a bare test host boots without Docker, and apt reaches the mirror', async () => {
  await using host = await startTestHost();
  assert.equal((await host.exec(['which', 'dockerd'], { anyCode: true })).code, 1);
  await host.exec(['systemctl', 'is-active', 'ssh']);
  await host.exec(['apt-get', 'update', '-q']);
  const { stdout } = await host.exec(['apt-cache', 'policy', 'npm']);
  assert.match(stdout, /Candidate: \d/);
});

test('a host with Docker stopped starts it nested, and keeps its containers through a reboot', async () => {
  await using host = await startTestHost({ docker: 'stopped' });
  assert.equal((await host.exec(['systemctl', 'is-active', 'docker'], { anyCode: true })).stdout.trim(), 'inactive');
  await host.exec(['systemctl', 'enable', '--now', '--quiet', 'docker']);
  assert.match((await host.exec(['docker', 'info'])).stdout, /Storage Driver: overlay2/);
  await host.exec(['docker', 'volume', 'create', 'kept']);
  const boot = await host.exec(['cat', '/proc/1/stat']);
  await host.restart();
  assert.notEqual((await host.exec(['cat', '/proc/1/stat'])).stdout, boot.stdout);
  assert.match((await host.exec(['docker', 'volume', 'ls', '-q'])).stdout, /kept/);
});

test('a host with a broken daemon.json has a Docker that will not start', async () => {
  await using host = await startTestHost({ docker: 'broken' });
  assert.notEqual((await host.exec(['systemctl', 'start', 'docker'], { anyCode: true })).code, 0);
});
