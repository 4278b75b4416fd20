import assert from 'node:assert/strict';
import { test } from 'node:test';
import { installDocker } from '../../../../lib/installer/phases/install-docker.ts';
import { installNetwork } from '../../../../lib/installer/phases/install-network.ts';
import { requireSupplies } from '../../../../lib/installer/phases/require-supplies.ts';
import { hostContext as context } from '../../../support/install-context.ts';
import { testFacts } from '../../../support/probe-output.ts';
import { ScriptedHost } from '../../../support/scripted-host.ts';

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

test('a build must be there before anything is changed; a dry run does not fetch it', async () => {
  const without = { ...context(plan9()), build: () => Promise.reject(new TypeError('no build')) };
  await assert.rejects(requireSupplies(without, { dryRun: false }), /no build/);
  await requireSupplies(without, { dryRun: true });
});
