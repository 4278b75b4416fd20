import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import type { CallResult } from '../../../../lib/installer/agent/call-schemas.ts';
import { makeArtifact } from '../../../../lib/installer/artifacts/artifact.ts';
import { isOlder } from '../../../../lib/installer/artifacts/artifact-version.ts';
import { hashOf } from '../../../../lib/installer/artifacts/cache.ts';
import { type InstallContext, platformPaths } from '../../../../lib/installer/phases/context.ts';
import { installRuntime } from '../../../../lib/installer/phases/install-runtime.ts';
import { startPlatform } from '../../../../lib/installer/phases/start-platform.ts';
import { isUpgrade, refuseDowngrade } from '../../../../lib/installer/phases/upgrade-plan.ts';
import { upgradePlatform } from '../../../../lib/installer/phases/upgrade-platform.ts';
import type { Facts } from '../../../../lib/installer/transport/facts.ts';
import { ownSupplies } from '../../../support/own-supplies.ts';
import { dockerRunning, testFacts } from '../../../support/probe-output.ts';
import { ScriptedHost } from '../../../support/scripted-host.ts';

const dir = mkdtempSync(join(tmpdir(), 'oo-upgrade-'));
after(() => rmSync(dir, { recursive: true }));
const source = join(dir, 'package.json');
const content = JSON.stringify({ name: 'openshift', version: '0.2.0' });
writeFileSync(source, content);
const packageFile = { path: 'package.json', mode: 0o644, sha256: hashOf(content), size: content.length, source };
const node = { path: 'node', mode: 0o755, sha256: 'b'.repeat(64), size: 1, source: '/x' };
const artifacts = { runtime: makeArtifact('runtime', [node]), openshift: makeArtifact('openshift', [packageFile]) };
const supplies = ownSupplies(artifacts);
const before = { runtime: artifacts.runtime.sha256, openshift: 'c'.repeat(64), version: '0.1.0' };
const wanted = { runtime: artifacts.runtime.sha256, openshift: artifacts.openshift.sha256, version: '0.2.0' };

/** Lines of a server where `current` is in use. */
const using = (current: typeof wanted): string[] => [
  `artifact.runtime=${current.runtime}`,
  `artifact.openshift=${current.openshift}`,
  `current.runtime=${current.runtime}`,
  `current.openshift=${current.openshift}`,
  `version=${current.version}`,
  'journal=yes',
  'kubeconfig=yes',
  'unit.openshift=ActiveState=active UnitFileState=enabled LoadState=loaded',
];
const facts = (current: typeof wanted, more: string[] = []): Facts => testFacts(dockerRunning, [...using(current), ...more]);
const context = (found: Facts): InstallContext => ({
  facts: found,
  settings: { nodeName: 'server1', advertiseAddress: '192.0.2.10', dataDir: '/var/lib/openshift', port: 8443 },
  artifacts: async () => artifacts,
  images: async () => [],
  platformImages: async () => ({ images: [], isDefault: true }),
  build: (name) => supplies.build(name, 'amd64'),
  packages: { mode: 'host', supply: supplies.packages },
  changed: { platform: false },
});
const outcome = (changes: Partial<CallResult<'upgrade.run'>>): CallResult<'upgrade.run'> => ({
  outcome: 'upgraded',
  from: before,
  to: wanted,
  reason: '',
  lines: [],
  unhealthy: '',
  ...changes,
});

test('another version that has run is upgraded; the same, a first installation and one that never ran are not', async () => {
  assert.equal(await isUpgrade(context(facts(before))), true);
  assert.equal(await isUpgrade(context(facts(wanted))), false);
  assert.equal(await isUpgrade(context(testFacts())), false);
  const neverRan = testFacts(
    dockerRunning,
    using(before).filter((line) => line !== 'kubeconfig=yes'),
  );
  assert.equal(await isUpgrade(context(neverRan)), false);
  assert.equal(await isUpgrade(context(facts(wanted, ['upgrade=pending']))), true, 'one that was cut off is finished');
});

test('the new version is put beside the old one, and what is there is written down before anything is switched', async () => {
  const host = new ScriptedHost(facts(before));
  const state = context(facts(before));
  assert.equal(await installRuntime.isDone(host, state), false);
  host.expect(
    'upgrade.begin',
    { to: wanted, files: [platformPaths.program, platformPaths.unit, platformPaths.config] },
    { from: before },
  );
  await installRuntime.apply(host, state);
  assert.deepEqual(host.placed, [wanted.openshift], 'the runtime that is there is not sent again');
  assert.equal(state.changed.platform, false);
  host.done();
});

test('the agent switches, and what it has started is not started again', async () => {
  const host = new ScriptedHost(facts(before));
  const state = { ...context(facts(before)), upgradePatience: { stall: 5000, most: 6000 } };
  host.expect('upgrade.run', { daemon: { unit: 'openshift.service' }, patience: { stall: 5000, most: 6000 } }, outcome({}));
  await upgradePlatform.apply(host, state);
  assert.match(host.told.at(-1)!, /upgrade OpenShift from 0\.1\.0 \(c{12}\) to 0\.2\.0 \([0-9a-f]{12}\)/);
  assert.equal(await startPlatform.isDone(host, state), true);
  host.done();
});

test('where no systemd runs, our supervisor restarts it', async () => {
  const found = testFacts({ ...dockerRunning, systemd: undefined, init: 'sh' }, using(before).slice(0, -1));
  const host = new ScriptedHost(found);
  const service = {
    name: 'openshift',
    argv: [platformPaths.program, 'start', '--config', platformPaths.config],
    env: {},
    log: platformPaths.log,
    grace: 30_000,
  };
  host.expect('upgrade.run', { daemon: { service } }, outcome({}));
  await upgradePlatform.apply(host, context(found));
  host.done();
});

test('a version that was taken back is an error that tells why, with the last words of the daemon', async () => {
  const host = new ScriptedHost(facts(before));
  host.expect('upgrade.run', {}, outcome({ outcome: 'returned', reason: 'it ended 5 times', lines: ['cannot go on'] }));
  await assert.rejects(upgradePlatform.apply(host, context(facts(before))), {
    code: 'UPGRADE_RETURNED',
    failure: 'platform',
    message: /0\.2\.0 .*did not prove itself, so 0\.1\.0 .*runs again: it ended 5 times\n {4}cannot go on/,
  });
  host.expect('upgrade.run', {}, outcome({ outcome: 'returned', reason: 'x', unhealthy: 'the node is not Ready' }));
  await assert.rejects(upgradePlatform.apply(host, context(facts(before))), {
    code: 'UPGRADE_RETURNED_UNHEALTHY',
    message: /not healthy: the node is not Ready/,
  });
  host.done();
});

test('a dry run tells from which version to which, and asks nobody', async () => {
  const host = new ScriptedHost(facts(before), { dryRun: true });
  const state = context(facts(before));
  await installRuntime.apply(host, state);
  await upgradePlatform.apply(host, state);
  assert.equal(await startPlatform.isDone(host, state), true);
  assert.deepEqual(host.told.length, 3);
  assert.match(host.told.at(-1)!, /from 0\.1\.0 .* to 0\.2\.0/);
});

test('a newer version stays unless that is asked for; one that never proved itself does not count', async () => {
  const newer = { ...before, version: '0.10.0' };
  await assert.rejects(refuseDowngrade('web1', context(facts(newer))), {
    code: 'DOWNGRADE_REFUSED',
    message: /web1 has version 0\.10\.0 \(c{12}\), which is newer than this one, 0\.2\.0/,
    hint: /oo-install upgrade web1 --allow-downgrade/,
  });
  await refuseDowngrade('web1', context(facts(before)));
  await refuseDowngrade('web1', context(facts({ ...before, version: '0.2.0' })));
  await refuseDowngrade('web1', context(testFacts()));
  const cutOff = ['upgrade=pending', `upgrade.from=${before.openshift} 0.1.0`];
  await refuseDowngrade('web1', context(facts(newer, cutOff)));
  const fromNewer = ['upgrade=pending', `upgrade.from=${before.openshift} 0.9.0`];
  await assert.rejects(refuseDowngrade('web1', context(facts(newer, fromNewer))), {
    code: 'DOWNGRADE_REFUSED',
    message: /0\.9\.0/,
  });
});

test('versions are ordered as Semantic Versioning orders them', () => {
  // The example of its section 11.4.
  const order = [
    '1.0.0-alpha',
    '1.0.0-alpha.1',
    '1.0.0-alpha.beta',
    '1.0.0-beta',
    '1.0.0-beta.2',
    '1.0.0-beta.11',
    '1.0.0-rc.1',
    '1.0.0',
  ];
  order.push('1.0.1', '1.2.0', '1.10.0', '2.0.0');
  for (const [i, a] of order.entries()) {
    for (const [j, b] of order.entries()) assert.equal(isOlder(a, b), i < j, `${a} and ${b}`);
  }
  for (const strange of ['', 'x', '1', '1.2', '1.2.3.4'])
    assert.equal(isOlder(strange, '1.0.0') || isOlder('1.0.0', strange), false);
  assert.equal(isOlder('1.0.0+a', '1.0.0+b'), false);
});
