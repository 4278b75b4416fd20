import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import type { ProgressEvent } from '../../lib/installer/progress-event.ts';
import { CHECKOUT, ooInstall, startHostWithCheckout } from '../support/checkout-on-host.ts';
import { eventually } from '../support/eventually.ts';
import { listSettledHost } from '../support/host-listing.ts';
import { onlyExpectedResidue } from '../support/residue.ts';

// A server on which many things are wrong at once: all of them are told, each with a way out, nothing is changed; mended, it is fit.

type Finding = Extract<ProgressEvent, { event: 'finding' }>;

const host = await startHostWithCheckout({ docker: 'running', disks: { '/opt': '32m' } });
after(() => host.dispose());

const findings = (stdout: string): Finding[] =>
  stdout
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as ProgressEvent)
    .filter((event) => event.event === 'finding');
const named = (found: readonly Finding[], level: string) => found.filter((one) => one.level === level).map(({ check }) => check);

await host.shell(`set -e
  mount -o remount,noexec /opt
  systemd-run --quiet --unit=taken --socket-property=ListenStream=8443 --socket-property=Accept=yes cat
  docker swarm init --advertise-addr 127.0.0.1 >/dev/null
  cp /bin/sleep /usr/local/bin/kubelet && systemd-run --quiet --unit=other-kubelet /usr/local/bin/kubelet 1000000
  hostname nowhere-to-be-found`);

test('check tells everything that is wrong at once, ends with status 3, and changes nothing', async () => {
  // A swarm brings its network into order in its own time.
  const before = await listSettledHost(host);
  const env = { DOCKER_HOST: 'ssh://eve:hunter2@build' };
  const result = await ooInstall(host, ['check', 'localhost', '--json'], { env });
  assert.equal(result.code, 3, result.stdout + result.stderr);
  assert.doesNotMatch(result.stdout, /hunter2/);
  const found = findings(result.stdout);
  assert.deepEqual(named(found, 'failure'), ['disk', 'mount-options', 'ports', 'kubernetes']);
  assert.deepEqual(named(found, 'warning'), ['host-name', 'docker-swarm', 'docker-client']);
  for (const { level, hint, check } of found) assert.ok(level === 'ok' || (hint ?? '').length > 10, check);
  const said = found.map(({ message }) => message).join('\n');
  assert.match(said, /0\.0 GiB free on \/opt, and \/opt\/oo-install need 0\.4 GiB/);
  assert.match(said, /\/opt\/oo-install is on \/opt, which is mounted noexec/);
  assert.match(said, /port 8443, which the API needs, is used by systemd \(process 1\)/);
  assert.match(said, /kubelet runs here \(process \d+\)/);
  await onlyExpectedResidue(host, ['running'], before);
});

test('an installation refuses for the same reasons, before the first change', async () => {
  const result = await ooInstall(host, ['localhost']);
  assert.equal(result.code, 3, result.stdout + result.stderr);
  assert.match(result.stdout + result.stderr, /PREFLIGHT_FAILED/);
  assert.notEqual((await host.exec(['test', '-e', '/var/lib/oo-install'], { anyCode: true })).code, 0);
});

test('podman in the place of docker is told too', async () => {
  await host.write({ '/usr/local/bin/docker': '#!/bin/sh\necho podman version 4.3.1\n' }, 0o755);
  const result = await ooInstall(host, ['check', 'localhost', '--json']);
  assert.ok(named(findings(result.stdout), 'failure').includes('docker'));
  assert.match(result.stdout, /`docker` is podman here/);
  await host.exec(['rm', '/usr/local/bin/docker']);
});

test('a Docker that its socket would start is not started by looking', async () => {
  await host.shell('systemctl stop docker && systemctl start docker.socket');
  const result = await ooInstall(host, ['check', 'localhost', '--json']);
  assert.match(result.stdout, /is installed, from the distribution's package docker.io and will be started/);
  assert.notEqual((await host.exec(['systemctl', 'is-active', 'docker'], { anyCode: true })).stdout.trim(), 'active');
  await host.exec(['systemctl', 'start', 'docker']);
});

test('the same without root, and without any rights at all', async () => {
  await host.shell(
    `useradd --create-home nobody-special && chmod 755 /root && find ${CHECKOUT} -xdev -exec chmod go+rX {} + 2>/dev/null; true`,
  );
  const asUser = ['runuser', '-u', 'nobody-special', '--', `${CHECKOUT}/bin/oo-install`, 'check', 'localhost', '--json'];
  const result = await host.exec(asUser, { anyCode: true, timeout: 120_000 });
  assert.equal(result.code, 3, result.stdout + result.stderr);
  assert.ok(findings(result.stdout).some(({ check, level }) => check === 'ports' && level === 'failure'));
});

test('mended, it is fit', async () => {
  await host.shell(`set -e
    umount /opt
    systemctl stop taken.socket other-kubelet.service && rm /usr/local/bin/kubelet
    docker swarm leave --force >/dev/null
    hostname ${host.name}`);
  await eventually(
    async () => {
      const result = await ooInstall(host, ['check', 'localhost', '--json']);
      assert.equal(result.code, 0, result.stdout + result.stderr);
      assert.deepEqual(named(findings(result.stdout), 'warning'), []);
    },
    { timeout: 30_000 },
  );
});
