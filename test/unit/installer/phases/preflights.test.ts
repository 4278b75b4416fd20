import assert from 'node:assert/strict';
import { test } from 'node:test';
import { judge } from '../../../../lib/installer/phases/preflights/index.ts';
import type { Facts } from '../../../../lib/installer/transport/facts.ts';
import { dockerRunning, testFacts } from '../../../support/probe-output.ts';

const settings = { nodeName: 'server1', advertiseAddress: '192.0.2.10', dataDir: '/var/lib/openshift', port: 8443 };
const judged = (facts: Facts, platformRuns = false) => judge({ facts, settings, now: 1_700_000_000_000, platformRuns });
const failures = (facts: Facts, platformRuns = false) => judged(facts, platformRuns).filter(({ level }) => level === 'failure');

test('a small Debian server passes', () => {
  assert.deepEqual(failures(testFacts()), []);
});

test('everything that is wrong is told at once, each with a way out', () => {
  const facts = testFacts(
    { arch: 'riscv64', libc: 'musl', sudo: 'none', 'memory.MemTotal': '300000', 'cgroup.controllers': 'cpu', time: '1600000000' },
    ['module.overlay=missing'],
  );
  const found = failures(facts);
  const expected = ['privileges', 'architecture', 'libc', 'memory', 'clock', 'cgroups', 'kernel'];
  assert.deepEqual(
    found.map(({ check }) => check),
    expected,
  );
  for (const { hint, check } of found) assert.ok((hint ?? '').length > 10, check);
});

/** One thing wrong, the check that tells, and words that must be told. */
const cases: readonly [string, Record<string, string>, string[], string, RegExp][] = [
  ['another system', { kernel: 'FreeBSD' }, [], 'operating-system', /FreeBSD is not Linux/],
  [
    'an unknown distribution',
    { 'os.id': 'plan9', 'os.name': 'Plan 9', apt: 'no' },
    [],
    'operating-system',
    /Plan 9 is not known/,
  ],
  ['an old C library', { libc: 'glibc 2.17' }, [], 'libc', /2\.17 is older than 2\.28/],
  [
    'a full disk',
    {},
    ['disk=/var/lib/docker 1000 ext4 rw /var'],
    'disk',
    /0\.0 GiB free on \/var, and \/var\/lib\/docker need 1\.5 GiB/,
  ],
  ['noexec', {}, ['disk=/usr/local/bin 90000000 ext4 rw,noexec /usr/local'], 'mount-options', /mounted noexec/],
  ['a read-only system', {}, ['disk=/opt/oo-install 90000000 erofs ro /opt'], 'mount-options', /read-only/],
  [
    'a busy port, with its holder',
    {},
    ['listen.tcp=20FB', 'listener.8443=users:(("nginx",pid=42,fd=6))'],
    'ports',
    /port 8443, which the API needs, is used by nginx \(process 42\)/,
  ],
  ['a busy DNS port', {}, ['listen.udp=1F75'], 'ports', /port 8053, which cluster DNS needs/],
  [
    'an overlapping network',
    {},
    ['route=eth1 0000800A 0000FCFF'],
    'routes',
    /10\.128\.0\.0\/14 overlaps 10\.128\.0\.0\/14 on eth1/,
  ],
  ['a wider overlapping network', {}, ['route=vpn0 0000000A 000000FF'], 'routes', /overlaps 10\.0\.0\.0\/8 on vpn0/],
  ['snap Docker', { ...dockerRunning, 'docker.real': '/snap/docker/1/bin/docker' }, [], 'docker', /a snap/],
  ['podman as docker', { 'docker.client': '/usr/bin/docker', 'docker.says': 'podman version 4.3.1' }, [], 'docker', /podman/],
  ['rootless Docker', { ...dockerRunning, 'docker.info': '24.0.1|overlay2|2|/x|[name=rootless]|D' }, [], 'docker', /rootless/],
  [
    'old Docker',
    { ...dockerRunning, 'docker.info': '19.03.1|overlay2|1|/x|[]|D' },
    [],
    'docker',
    /19\.03\.1 is older than 20\.10/,
  ],
  [
    'remapped users',
    { ...dockerRunning, 'docker.info': '24.0.1|overlay2|2|/x|[name=userns]|D' },
    [],
    'docker',
    /remaps user IDs/,
  ],
  ['a clock a day off', { time: '1700086400' }, [], 'clock', /86400 s ahead/],
];

for (const [what, changes, more, check, message] of cases) {
  test(`${what} is refused, and nothing else is`, () => {
    const found = failures(testFacts(changes, more));
    assert.deepEqual([...new Set(found.map((finding) => finding.check))], [check]);
    assert.match(found.map((finding) => finding.message).join('; '), message);
  });
}

test('what our own platform holds is no obstacle to running again', () => {
  const facts = testFacts(dockerRunning, ['listen.tcp=20FB', 'listen.udp=1F75', 'route=oobr0 0000800A 0000FEFF']);
  assert.deepEqual(failures(facts, true), []);
});

test("a neighbour's containers, a rootless Docker and a firewall are told, not refused", () => {
  const facts = testFacts(dockerRunning, ['docker.foreign=db', 'docker.rootless=/run/user/1000/docker.sock', 'firewall=ufw']);
  const warnings = judged(facts).filter(({ level }) => level === 'warning');
  assert.deepEqual(
    warnings.map(({ check }) => check),
    ['firewall', 'docker-neighbours', 'docker-neighbours'],
  );
});
