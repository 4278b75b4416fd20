import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { assetPath, packageRoot } from '../../../../lib/common/assets.ts';
import { join } from 'node:path';
import type { SystemIdentity } from '../../../../lib/installer/distro/distro.ts';
import { distroByName, distroOf, distros, recognise } from '../../../../lib/installer/distro/index.ts';
import { allPackages, dockerPackages, missingPackages } from '../../../../lib/installer/phases/package-set.ts';
import { testFacts } from '../../../support/probe-output.ts';
import { osReleases } from './os-releases.ts';

function identityOf(text: string): SystemIdentity {
  const field = (key: string) => new RegExp(`^${key}=["']?(.*?)["']?$`, 'm').exec(text)?.[1] ?? '';
  return {
    id: field('ID'),
    like: field('ID_LIKE'),
    version: field('VERSION_ID'),
    variant: field('VARIANT_ID'),
    imageBased: field('OSTREE_VERSION') !== '',
  };
}

test('every recorded system is recognised, and nearly every distribution has a record', () => {
  for (const [name, text] of osReleases) assert.equal(recognise(identityOf(text)).name, name, text);
  const recorded = new Set(osReleases.map(([name]) => name));
  const unseen = distros.map(({ name }) => name).filter((name) => !recorded.has(name));
  assert.deepEqual(unseen, ['suse-like']);
});

test('names are unique, and each finds its distribution', () => {
  for (const distro of distros) assert.equal(distroByName(distro.name), distro);
  assert.equal(distroByName('debian-1'), undefined);
});

test('a distribution has packages for what it is said to bring, and a manager that installs them', () => {
  for (const distro of distros) {
    assert.equal(distro.docker === 'distribution', distro.packages.docker !== undefined, distro.name);
    assert.equal(distro.cniPlugins === 'distribution', distro.packages['cni-plugins'] !== undefined, distro.name);
    assert.equal(allPackages(distro).length > 0, distro.packageManager !== undefined, distro.name);
  }
});

test('the probe looks for every package that a distribution may be asked for', () => {
  const probe = readFileSync(assetPath('probe', 'probe.sh'), 'utf8');
  for (const distro of distros) {
    for (const name of allPackages(distro).filter((it) => it !== 'apparmor')) {
      assert.match(probe, new RegExp(`[ \\n]${name.replaceAll('.', '\\.')}[ \\n]`), `${name} of ${distro.name}`);
    }
  }
});

test('a system without its package manager is not taken for one that has it', () => {
  assert.equal(distroOf(testFacts()).name, 'debian-12');
  assert.equal(distroOf(testFacts({ apt: undefined })).name, 'unknown');
});

const fedora = { 'os.id': 'fedora', 'os.version': '42', 'os.name': 'Fedora Linux 42', apt: undefined, dnf: 'yes' };

test('each distribution is asked for its own names', () => {
  const facts = testFacts(fedora, ['package=iproute', 'package=nftables']);
  assert.deepEqual(dockerPackages(facts), ['moby-engine', 'docker-cli']);
  assert.deepEqual(missingPackages(facts), ['containernetworking-plugins', 'iptables-nft', 'conntrack-tools']);
  const trixie = testFacts({ 'os.version': '13' });
  assert.deepEqual(dockerPackages(trixie), ['docker.io', 'docker-cli']);
});

test('plugins that came without a package are used as they are', () => {
  assert.ok(!missingPackages(testFacts({}, ['cni=/opt/cni/bin'])).includes('containernetworking-plugins'));
});

test('docs/distributions.md tells of each what the data tell', () => {
  const text = readFileSync(join(packageRoot(), 'docs', 'distributions.md'), 'utf8');
  const rows = new Map([...text.matchAll(/^\| `([\w.-]+)`\s*\|(.*)\|$/gm)].map((row) => [row[1]!, row[2]!]));
  assert.deepEqual([...rows.keys()].sort(), distros.map(({ name }) => name).sort());
  for (const distro of distros) {
    const cells = rows
      .get(distro.name)!
      .split('|')
      .map((cell) => cell.trim());
    const source = (from: 'distribution' | 'static', packages: readonly string[] | undefined) =>
      from === 'static' ? 'static build' : (packages ?? []).map((name) => `\`${name}\``).join(', ');
    assert.deepEqual(
      cells,
      [
        distro.title,
        distro.packageManager ?? 'none',
        source(distro.docker, distro.packages.docker),
        source(distro.cniPlugins, distro.packages['cni-plugins']),
        distro.ranHere === 'tests' ? 'our tests' : 'recorded facts',
      ],
      distro.name,
    );
    const told = text.replace(/\s+/g, ' ');
    for (const note of distro.notes) assert.ok(told.includes(note), `${distro.name}: ${note}`);
  }
});
