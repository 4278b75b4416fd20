import assert from 'node:assert/strict';
import { test } from 'node:test';
import { agentErrors } from '../../../../lib/installer/agent/agent-errors.ts';
import type { PackageRequest } from '../../../../lib/installer/artifacts/packages/package-supply.ts';
import type { InstallContext, PackageMode } from '../../../../lib/installer/phases/context.ts';
import { installDocker } from '../../../../lib/installer/phases/install-docker.ts';
import { installNetwork } from '../../../../lib/installer/phases/install-network.ts';
import { requireSupplies } from '../../../../lib/installer/phases/require-supplies.ts';
import { startDocker } from '../../../../lib/installer/phases/start-docker.ts';
import type { Facts } from '../../../../lib/installer/transport/facts.ts';
import { dockerRunning, testFacts } from '../../../support/probe-output.ts';
import { ScriptedHost } from '../../../support/scripted-host.ts';

/** The server's own package manager. */
const hostPackages: InstallContext['packages'] = {
  mode: 'host',
  supply: {
    readiness: () => assert.fail('not needed'),
    archive: () => assert.fail('not needed'),
    check: () => assert.fail('not needed'),
  },
};
const context = (facts: Facts, packages = hostPackages): InstallContext => ({
  packages,
  build: async (name) => ({ name, version: '1.2.3', source: `/cache/${name}.tgz`, sha256: 'c'.repeat(64), size: 9 }),
  facts,
  settings: { nodeName: 'server1', advertiseAddress: '192.0.2.10', dataDir: '/var/lib/openshift', port: 8443 },
  artifacts: () => assert.fail('not needed'),
  images: () => assert.fail('not needed'),
  changed: { platform: false },
});
const archive = {
  source: '/cache/packages.tar',
  sha256: 'a'.repeat(64),
  size: 74_616_832,
  files: [{ file: 'runc_1_amd64.deb', sha256: 'b'.repeat(64) }],
};
const asked: PackageRequest[] = [];
const streaming = (readiness: 'at-hand' | 'fetched' | 'not', mode: PackageMode = 'auto') => ({
  mode,
  supply: {
    readiness: async () => readiness,
    check: async () => {
      if (readiness === 'not') throw new TypeError('this machine has no apt');
    },
    archive: async (request: PackageRequest) => (asked.push(request), archive),
  },
});
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

const names = ['docker.io', 'containernetworking-plugins', 'nftables', 'iptables', 'conntrack', 'iproute2'];

test('packages that are at hand are streamed: resolved with what the server has, sent as one file, and installed from it', async () => {
  const facts = testFacts();
  const host = new ScriptedHost(facts)
    .expect('packages.status', {}, { status: 'Package: bash\n' })
    .expect(
      'packages.installFiles',
      { names, path: archive.source, sha256: archive.sha256, files: archive.files },
      { installed: [] },
    );
  await installDocker.apply(host, context(facts, streaming('at-hand')));
  host.done();
  assert.match(host.told.join(), /^install Docker \(docker\.io, .*\), 1 packages streamed \(75 MB\)$/);
  const { distro, arch, status } = asked.at(-1)!;
  assert.deepEqual([distro.name, arch, status], ['debian-12', 'amd64', 'Package: bash\n']);
});

test('where they would have to be fetched first, a server that reaches its mirrors helps itself', async () => {
  const facts = testFacts();
  const host = new ScriptedHost(facts)
    .expect('packages.reachable', {}, { reachable: true, reason: '' })
    .expect('packages.install', { names }, { installed: [] });
  await installDocker.apply(host, context(facts, streaming('fetched')));
  host.done();
});

test('a server that reaches no mirror gets them, and that is said', async () => {
  const facts = testFacts();
  const host = new ScriptedHost(facts)
    .expect('packages.reachable', {}, { reachable: false, reason: 'it cannot connect to deb.debian.org' })
    .expect('packages.status', {}, { status: '' })
    .expect('packages.installFiles', {}, { installed: [] });
  await installDocker.apply(host, context(facts, streaming('fetched')));
  assert.deepEqual(host.notes, ['packages are streamed to this server: it cannot connect to deb.debian.org']);
  host.done();
});

test('--packages decides without asking', async () => {
  const facts = testFacts();
  const own = new ScriptedHost(facts).expect('packages.install', { names }, { installed: [] });
  await installDocker.apply(own, context(facts, streaming('at-hand', 'host')));
  own.done();
  const streamed = new ScriptedHost(facts)
    .expect('packages.status', {}, { status: '' })
    .expect('packages.installFiles', {}, { installed: [] });
  await installDocker.apply(streamed, context(facts, streaming('not', 'stream')));
  streamed.done();
});

/** A system that nobody has described, with the programs that pods need. */
const plan9 = (more: readonly string[] = []) =>
  testFacts(
    { 'os.id': 'plan9', apt: undefined },
    ['nft', 'iptables', 'conntrack', 'ip'].map((name) => `program=${name}`).concat(more),
  );

test('where no packages are known, Docker and the plugins are static builds, with units of ours', async () => {
  const facts = plan9();
  const host = new ScriptedHost(facts)
    .expect('directory.make', { path: '/usr/local/bin', tree: false }, { changed: false })
    .expect('programs.install', { name: 'docker', path: '/cache/docker.tgz', folder: '/usr/local/bin' }, { changed: true });
  assert.equal(await installDocker.isDone(host, context(facts)), false);
  await installDocker.apply(host, context(facts));
  assert.equal(await installNetwork.isDone(host, context(facts)), false);
  host
    .expect('directory.make', { path: '/opt/cni/bin', tree: false }, { changed: true })
    .expect('programs.install', { name: 'cni-plugins', folder: '/opt/cni/bin', files: [] }, { changed: true });
  await installNetwork.apply(host, context(facts));
  host.done();
  assert.deepEqual(host.told, [
    'put Docker into /usr/local/bin (1.2.3, static build)',
    'put the CNI plugins into /opt/cni/bin (1.2.3, static build)',
  ]);
});

test('plugins that are there are used, and a dry run downloads no build', async () => {
  const facts = plan9(['cni=/opt/cni/bin']);
  const host = new ScriptedHost(facts, { dryRun: true });
  const dry = { ...context(facts), build: () => assert.fail('not needed') };
  for (const phase of [installDocker, installNetwork]) if (!(await phase.isDone(host, dry))) await phase.apply(host, dry);
  assert.deepEqual(host.told, ['put Docker into /usr/local/bin (static build)']);
});

test('a distribution without Docker gets the rest by its own package manager', async () => {
  const facts = testFacts({ 'os.id': 'rocky', 'os.version': '9.5', apt: undefined, dnf: 'yes' }, ['package=iproute']);
  const packages = ['containernetworking-plugins', 'nftables', 'iptables-nft', 'conntrack-tools'];
  const host = new ScriptedHost(facts)
    .expect('packages.install', { names: packages }, { installed: [] })
    .expect('directory.make', {}, { changed: false })
    .expect('programs.install', { name: 'docker' }, { changed: true });
  await installDocker.apply(host, context(facts));
  host.done();
});

test('what only this machine can bring must be there before anything is changed', async () => {
  const facts = testFacts();
  await assert.rejects(requireSupplies(context(facts, streaming('not', 'stream')), { dryRun: false }), /no apt/);
  // The server may help itself, or needs nothing.
  await requireSupplies(context(facts, streaming('not')), { dryRun: false });
  const complete = testFacts(
    dockerRunning,
    ['containernetworking-plugins', 'nftables', 'iptables', 'conntrack', 'iproute2'].map((name) => `package=${name}`),
  );
  await requireSupplies(context(complete, streaming('not', 'stream')), { dryRun: false });
  const without = { ...context(plan9()), build: () => Promise.reject(new TypeError('no build')) };
  await assert.rejects(requireSupplies(without, { dryRun: false }), /no build/);
  await requireSupplies(without, { dryRun: true });
});
