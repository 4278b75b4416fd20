import assert from 'node:assert/strict';
import { test } from 'node:test';
import { agentErrors } from '../../../../lib/installer/agent/agent-errors.ts';
import { installDocker } from '../../../../lib/installer/phases/install-docker.ts';
import { installNetwork } from '../../../../lib/installer/phases/install-network.ts';
import { startDocker } from '../../../../lib/installer/phases/start-docker.ts';
import { hostContext as context } from '../../../support/install-context.ts';
import { dockerRunning, testFacts } from '../../../support/probe-output.ts';
import { ScriptedHost } from '../../../support/scripted-host.ts';

const installed = { 'docker.dockerd': '/usr/sbin/dockerd', 'docker.client': '/usr/bin/docker' };
const info = { version: '', storageDriver: '', cgroupVersion: '', foreignContainers: 0 };
const answering = { ...info, running: true, reason: '' };
const silent = { ...info, running: false, reason: 'connect ENOENT' };
const none = { services: [] };

test('a running Docker is used as it is', async () => {
  const facts = testFacts(dockerRunning);
  const host = new ScriptedHost(facts);
  assert.equal(await installDocker.isDone(host, context(facts)), true);
  assert.equal(await startDocker.isDone(host, context(facts)), true);
  assert.deepEqual(host.told, []);
});

test('an absent Docker is installed in one transaction with what the network needs', async () => {
  const facts = testFacts({}, ['package=iproute2']);
  const host = new ScriptedHost(facts);
  assert.equal(await installDocker.isDone(host, context(facts)), false);
  const names = ['docker.io', 'containernetworking-plugins', 'nftables', 'iptables', 'conntrack'];
  host.expect('packages.install', { names }, { installed: [] });
  await installDocker.apply(host, context(facts));
  // The package has started it, and brought the rest: nothing is left to do.
  host.expect('docker.info', {}, answering);
  assert.equal(await startDocker.isDone(host, context(facts)), true);
  host.expect('packages.missing', { names: names.slice(1) }, { missing: [] });
  assert.equal(await installNetwork.isDone(host, context(facts)), true);
  host.done();
});

test('where the kernel has AppArmor and nothing loads its profiles, what loads them is installed', async () => {
  const facts = testFacts(dockerRunning, [
    'apparmor=Y',
    ...['containernetworking-plugins', 'nftables', 'iptables', 'conntrack', 'iproute2'].map((name) => `package=${name}`),
  ]);
  const host = new ScriptedHost(facts).expect('packages.missing', { names: ['apparmor'] }, { missing: ['apparmor'] });
  assert.equal(await installNetwork.isDone(host, context(facts)), false);
  host.expect('packages.install', { names: ['apparmor'] }, { installed: [] });
  await installNetwork.apply(host, context(facts));
  host.done();
});

test('a stopped Docker is started, enabled, and that is said', async () => {
  const facts = testFacts(installed);
  const host = new ScriptedHost(facts);
  assert.equal(await installDocker.isDone(host, context(facts)), true);
  assert.equal(await startDocker.isDone(host, context(facts)), false);
  host
    .expect('unit.start', { name: 'docker.service', enable: true, restart: false }, { changed: true })
    .expect('docker.info', {}, answering);
  await startDocker.apply(host, context(facts));
  assert.deepEqual(host.notes, ['Docker is installed but does not run: starting it']);
  assert.deepEqual(host.told, ['start Docker and enable it at boot']);
  host.done();
});

test('without systemd dockerd runs under our supervisor, and it is said that nothing starts it at boot', async () => {
  const facts = testFacts({ ...installed, systemd: undefined });
  const host = new ScriptedHost(facts)
    .expect('directory.make', { path: '/var/log/oo-install' }, { changed: true })
    .expect('service.start', { name: 'docker', argv: ['/usr/sbin/dockerd'] }, { changed: true })
    .expect('docker.info', {}, answering);
  await startDocker.apply(host, context(facts));
  assert.match(host.warnings.join(), /nothing starts it at boot/);
  host.done();
});

test('a broken Docker is told with the lines of its log that say why', async () => {
  const facts = testFacts(installed);
  const host = new ScriptedHost(facts)
    .expect(
      'unit.start',
      {},
      agentErrors.COMMAND_FAILED('systemctl start docker.service', 'status 1', 'Job for docker.service failed'),
    )
    .expect(
      'log.tail',
      { unit: 'docker.service' },
      {
        lines: [
          'starting up',
          'unable to configure the Docker daemon: invalid character',
          'unable to configure the Docker daemon: invalid character',
        ],
      },
    );
  await assert.rejects(startDocker.apply(host, context(facts)), (error: Error & { code: string; failure: string }) => {
    assert.equal(error.code, 'DOCKER_WILL_NOT_START');
    assert.equal(error.failure, 'docker');
    assert.equal(error.message.match(/unable to configure/g)?.length, 1, error.message);
    assert.doesNotMatch(error.message, /Job for|starting up/);
    return true;
  });
  host.done();
});

test('a Docker that starts but never answers ends with its reason', async () => {
  const facts = testFacts(installed);
  const host = new ScriptedHost(facts)
    .expect('unit.start', {}, { changed: true })
    .expect('docker.info', {}, silent)
    .expect('unit.state', {}, { active: 'failed', enabled: 'enabled', result: 'exit-code', restarts: 3 })
    .expect('service.list', {}, none)
    .expect('log.tail', {}, { lines: ['level=fatal msg="no space left on device"'] });
  await assert.rejects(startDocker.apply(host, context(facts)), /connect ENOENT\n +level=fatal msg="no space left/);
  host.done();
});

test('a dry run tells the same changes and calls nothing', async () => {
  const facts = testFacts();
  const host = new ScriptedHost(facts, { dryRun: true });
  for (const phase of [installDocker, startDocker, installNetwork]) {
    if (!(await phase.isDone(host, context(facts)))) await phase.apply(host, context(facts));
  }
  assert.deepEqual(host.told, [
    'install Docker (docker.io, containernetworking-plugins, nftables, iptables, conntrack, iproute2)',
    'start Docker and enable it at boot',
  ]);
});
