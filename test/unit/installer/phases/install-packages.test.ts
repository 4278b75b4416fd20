import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { PackageRequest } from '../../../../lib/installer/artifacts/packages/package-supply.ts';
import type { PackageMode } from '../../../../lib/installer/config/package-modes.ts';
import { installDocker } from '../../../../lib/installer/phases/install-docker.ts';
import { requireSupplies } from '../../../../lib/installer/phases/require-supplies.ts';
import { hostContext as context } from '../../../support/install-context.ts';
import { dockerRunning, testFacts } from '../../../support/probe-output.ts';
import { ScriptedHost } from '../../../support/scripted-host.ts';

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
});
