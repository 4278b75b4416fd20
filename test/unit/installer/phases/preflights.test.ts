import assert from 'node:assert/strict';
import { test } from 'node:test';
import { judge, preflights } from '../../../../lib/installer/phases/preflights/index.ts';
import type { Facts } from '../../../../lib/installer/transport/facts.ts';
import { describedSystems } from '../../../support/described-systems.ts';
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
  [
    "a container's published port",
    {},
    ['listen.tcp=00000000:20FB', 'listener.8443=users:(("docker-proxy",pid=7,fd=4))'],
    'ports',
    /docker-proxy \(process 7\)/,
  ],
  ['a port on loopback alone', {}, ['listen.tcp=0100007F:280A'], 'ports', /10250, which the node needs, .* on 127\.0\.0\.1/],
  ['a busy DNS port', {}, ['listen.udp=1F75'], 'ports', /port 8053, which cluster DNS needs/],
  ['no inodes', {}, ['inodes=/opt/oo-install 65536 12 /'], 'inodes', /12 of 65536 inodes are free on \//],
  ['a read-only /etc', {}, ['disk=/etc 90000000 ext4 ro /'], 'mount-options', /\/etc is on \/, which is mounted read-only/],
  [
    'sudo that knows nothing of the user',
    { uid: '1000', sudo: 'refused', user: 'eve' },
    [],
    'privileges',
    /does not let user eve/,
  ],
  ['sudo that wants a terminal', { uid: '1000', sudo: 'tty', user: 'eve' }, [], 'privileges', /wants a terminal/],
  ['a container without its own cgroups', {}, ['cgroup.readonly=yes'], 'cgroups', /read-only/],
  [
    'cgroups that nothing has mounted',
    { cgroup: '1', init: 'sh', systemd: '' },
    ['cgroup.mounted=rw,cpu,cpuacct'],
    'cgroups',
    /nothing has mounted the memory, pids/,
  ],
  ['kernel settings that cannot be set', {}, ['sysctl.readonly=yes'], 'kernel-settings', /read-only here/],
  ['a kubelet', {}, ['process=kubelet 812'], 'kubernetes', /kubelet runs here \(process 812\)/],
  ['k3s', {}, ['process=k3s-server 9', 'kubernetes=k3s'], 'kubernetes', /k3s runs here/],
  ['podman behind the socket', {}, ['docker.socket=/run/podman/podman.sock'], 'docker', /podman answers/],
  [
    'a Docker on another machine',
    { ...dockerRunning, 'docker.info': '27.1.1|overlay2|2|/x|[]|Docker Desktop|cgroupfs|false|inactive|6.10.0-linuxkit||' },
    [],
    'docker',
    /another machine \(Docker Desktop, kernel 6\.10\.0-linuxkit\)/,
  ],
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

/** What is told, and does not keep from installing: fields, lines, check, words. */
const told: readonly [string, Record<string, string>, string[], string, RegExp][] = [
  [
    'a web server',
    {},
    ['listen.tcp=0050', 'listener.80=users:(("nginx",pid=42,fd=6))'],
    'router-ports',
    /port 80 is used by nginx \(process 42\): no route answers/,
  ],
  [
    "a neighbour's containers",
    dockerRunning,
    ['docker.foreign=db', 'docker.foreigners=41'],
    'docker-neighbours',
    /41 .* db \.\.\./,
  ],
  ['a rootless Docker', {}, ['docker.rootless=/run/user/1000/docker.sock'], 'docker-neighbours', /user\/1000/],
  ['ufw', {}, ['firewall=ufw', 'firewall.open=22 8443'], 'firewall', /lets 30000-32767 in from nowhere/],
  ['firewalld', {}, ['process=firewalld 5', 'firewall.open=30000-32767/tcp'], 'firewall', /lets 8443 in from nowhere/],
  ['a chain that drops what is forwarded', {}, ['nft.drop=forward inet filter forward'], 'firewall', /pods reach nobody/],
  ['k3s that is stopped', {}, ['kubernetes=k3s'], 'kubernetes', /k3s is installed here, and does not run/],
  [
    'a swarm',
    { ...dockerRunning, 'docker.info': '24.0|overlay2|2|/x|[]|D|systemd|false|active|||' },
    [],
    'docker-swarm',
    /active/,
  ],
  ['DOCKER_HOST', {}, ['docker.host=ssh://build'], 'docker-client', /DOCKER_HOST=ssh:\/\/build/],
  ['a context', {}, ['docker.context=desktop-linux'], 'docker-client', /desktop-linux/],
  [
    'running cloud-init',
    {},
    ['cloud-init=running', 'cloud-init.stage=modules-final'],
    'cloud-init',
    /still works \(modules-final\)/,
  ],
  ['failed cloud-init', {}, ['cloud-init=failed'], 'cloud-init', /ended before it was done/],
  ['a package lock', {}, ['packages.locked=/var/lib/dpkg/lock unattended-upgr'], 'package-database', /^unattended-upgr works/],
  ['no name server', { 'dns.server': undefined as unknown as string }, [], 'dns', /no name server/],
  ['its own name', {}, ['hostname.resolves=no'], 'host-name', /server1 has no address/],
  [
    'a proxy that Docker does not use',
    dockerRunning,
    ['proxy=environment https_proxy=http://p:3128'],
    'proxy',
    /http:\/\/p:3128/,
  ],
  [
    'a kernel whose modules are gone',
    { 'module.overlay': 'unknown' },
    ['modules.folder=missing'],
    'kernel',
    /not in \/lib\/modules \(overlay cannot be loaded\)/,
  ],
];
for (const [what, changes, more, check, message] of told) {
  test(`${what} is told with a way out, and not refused`, () => {
    const facts = testFacts(changes, more);
    const found = judged(facts).filter(({ level }) => level !== 'ok');
    assert.deepEqual(
      found.map((finding) => [finding.level, finding.check]),
      [['warning', check]],
    );
    assert.match(found[0]!.message, message);
    assert.ok((found[0]!.hint ?? '').length > 10);
  });
}

/** What other installers take for an obstacle, and is none. */
const innocent: readonly [string, Record<string, string>, string[]][] = [
  ['a listener on the same port of IPv6 loopback', {}, ['listen.tcp6=00000000000000000000000001000000:20FB']],
  ['a DNS server on loopback', {}, ['listen.udp=0100007F:1F75', 'listen.tcp=0100007F:1F75']],
  ['UDP on the port of the API', {}, ['listen.udp=00000000:20FB']],
  ["systemd-resolved's stub", { 'dns.server': '127.0.0.53' }, ['dns.upstream=192.0.2.53']],
  ['firewalld that lets all of it in', {}, ['process=firewalld 5', 'firewall.open=1025-65535/udp 1025-65535/tcp']],
  ["Docker's own policy", dockerRunning, ['nft.drop=forward ip filter FORWARD']],
  ['btrfs, which has no fixed number of inodes', {}, ['inodes=/opt/oo-install 0 0 /']],
  ['cgroups that nobody mounted, under a Docker that runs', { ...dockerRunning, cgroup: '1' }, []],
  ['a cache of packages', dockerRunning, ['proxy=apt Acquire::http::Proxy "http://cache:3142";']],
  ['SELinux under a Docker that does not use it', { ...dockerRunning, selinux: 'Enforcing' }, []],
  ['a container with all that it needs', {}, ['container=lxc', 'modules.folder=missing', 'module.overlay=unknown']],
  ['sudo with a password', { uid: '1000', sudo: 'password' }, []],
  ['cloud-init that has ended', {}, ['cloud-init=done']],
];
for (const [what, changes, more] of innocent) {
  test(`${what} is no reason to say anything`, () => {
    assert.deepEqual(
      judged(testFacts(changes, more)).filter(({ level }) => level !== 'ok'),
      [],
    );
  });
}

/** Checks that say something on systems as their makers describe them. */
const onSystems: Readonly<Record<string, readonly string[]>> = {
  'Fedora 42 Server with moby-engine': ['selinux', 'firewall'],
  'RHEL 9.4': ['selinux'],
  'Amazon Linux 2023': [],
  'openSUSE Leap 15.6': ['firewall'],
  'Fedora CoreOS': ['selinux'],
};
for (const { name, fields, lines } of describedSystems) {
  test(`${name}: nothing is refused but what cannot be installed on, and only what is so is told`, () => {
    const found = judged(testFacts(fields, lines)).filter(({ level, check }) => level !== 'ok' && check !== 'operating-system');
    assert.deepEqual(
      found.map(({ level, check }) => [level, check]),
      (onSystems[name] ?? ['?']).map((check) => ['warning', check]),
    );
  });
}

test('each check speaks in its own name, and never louder than its entry says', () => {
  const all = [...cases, ...told, ...innocent.map(([what, changes, more]) => [what, changes, more] as const)];
  for (const [what, changes, more] of all) {
    const facts = testFacts(changes, more);
    for (const { check, fails, warns, judge: ask } of preflights) {
      for (const finding of [ask({ facts, settings, now: 1_700_000_000_000, platformRuns: false })].flat()) {
        assert.equal(finding.check, check, what);
        assert.ok(finding.level !== 'failure' || fails !== undefined, `${check} fails: ${what}`);
        assert.ok(finding.level !== 'warning' || warns !== undefined, `${check} warns: ${what}`);
      }
    }
  }
});

test('every check that may fail or warn is seen to, in one of the cases above', () => {
  const seen = new Set(
    [...cases, ...told].flatMap(([, changes, more]) =>
      judged(testFacts(changes, more)).map(({ check, level }) => `${check} ${level}`),
    ),
  );
  const everyday = ['privileges', 'architecture', 'libc', 'memory', 'clock', 'cgroups', 'kernel'];
  const missing = preflights.filter(({ check, fails }) => fails !== undefined && !seen.has(`${check} failure`));
  assert.deepEqual(
    missing.map(({ check }) => check).filter((check) => !everyday.includes(check) && check !== 'address'),
    [],
  );
});
