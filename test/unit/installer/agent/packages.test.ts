import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parsePackages, resolvingStatus } from '../../../../lib/installer/agent/packages/apt.ts';
import { aptOrigins } from '../../../../lib/installer/agent/packages/mirrors.ts';
import { dnfProgress, parseNeeding, parseRpmPackages, zypperProgress } from '../../../../lib/installer/agent/packages/rpm.ts';

test('packages that wait for a trigger or are half installed were there before; removed ones were not', () => {
  const { complete, present, vital } = parsePackages(
    [
      'installed bash 5.2 yes required',
      'triggers-pending libc-bin 2.36 no required',
      'triggers-awaited systemd 252 no optional',
      'unpacked docker.io 20.10 no optional',
      'half-configured runc 1.1 no optional',
      'config-files old 1.0 no optional',
      'not-installed never  no optional',
      '',
    ].join('\n'),
  );
  assert.deepEqual([...complete.keys()], ['bash']);
  assert.deepEqual([...present], ['bash', 'libc-bin', 'systemd', 'docker.io', 'runc']);
  assert.deepEqual([...vital], ['bash', 'libc-bin']);
});

test("dpkg's database is sent with what decides about dependencies, and without descriptions", () => {
  const text = `Package: runc
Status: install ok installed
Priority: optional
Maintainer: Somebody <s@example.org>
Architecture: amd64
Version: 1.1.5+ds1-1
Depends: libc6 (>= 2.34),
 libseccomp2 (>= 2.5.0)
Conffiles:
 /etc/runc 0123
Description: Open Container Project
 This is long.

Package: zlib1g
Status: deinstall ok config-files
Version: 1:1.2
`;
  assert.equal(
    resolvingStatus(text),
    `Package: runc
Status: install ok installed
Priority: optional
Architecture: amd64
Version: 1.1.5+ds1-1
Depends: libc6 (>= 2.34),
 libseccomp2 (>= 2.5.0)

Package: zlib1g
Status: deinstall ok config-files
Version: 1:1.2
`,
  );
});

test('the places that apt would ask are told from its sources, or from its proxy', () => {
  const targets = [
    "'http://deb.debian.org/debian/dists/trixie/InRelease' deb.debian.org_debian_dists_trixie_InRelease 0 ",
    "'http://deb.debian.org/debian/dists/trixie/main/binary-amd64/Packages.xz' deb.debian.org_debian_Packages 0 ",
    "'https://mirror.example:8443/x/InRelease' mirror.example:8443_x_InRelease 0 ",
    "'file:/srv/repo/InRelease' _srv_repo_InRelease 0 ",
  ].join('\n');
  assert.deepEqual(aptOrigins(targets, '', undefined), [
    { host: 'deb.debian.org', port: 80 },
    { host: 'mirror.example', port: 8443 },
  ]);
  assert.deepEqual(aptOrigins(targets, "proxy='http://proxy.example:3128/'\n", undefined), [
    { host: 'proxy.example', port: 3128 },
  ]);
  assert.deepEqual(aptOrigins("'cdrom:[Debian]/dists/trixie/InRelease' x 0 \n", '', undefined), []);
});

test("rpm's packages are read without the keys of their signers", () => {
  const { complete, present } = parseRpmPackages('bash 5.2.26-3.fc42\ngpg-pubkey 105ef944-65ca83d1\nmoby-engine 28.2.2-1.fc42\n');
  assert.deepEqual(
    [...complete],
    [
      ['bash', '5.2.26-3.fc42'],
      ['moby-engine', '28.2.2-1.fc42'],
    ],
  );
  assert.deepEqual([...present], ['bash', 'moby-engine']);
});

test('what needs a package that is to be removed is read from rpm by name', () => {
  const text = `error: Failed dependencies:
	iptables-nft is needed by (installed) firewalld-2.3.0-2.fc42.noarch
	libnftables.so.1()(64bit) is needed by (installed) python3-nftables-1:1.1.1-3.fc42.x86_64
	nftables is needed by (installed) firewalld-2.3.0-2.fc42.noarch
`;
  assert.deepEqual(parseNeeding(text), ['firewalld', 'python3-nftables']);
});

test('progress of dnf 4, dnf 5 and zypper is told alike', () => {
  const told: string[] = [];
  const tell = (line: string) => told.push(line);
  dnfProgress('Installing       : docker-25.0.8-1.amzn2023.0.1.x86_64                 3/9', tell);
  dnfProgress('[ 3/11] Installing docker-cli-0:28.2.2-1.fc42.x86_64 100% | 12.1 MiB/s', tell);
  dnfProgress('Total download size: 76 M', tell);
  dnfProgress('Verifying        : docker-25.0.8-1.amzn2023.0.1.x86_64                  3/9', tell);
  zypperProgress('( 3/12) Installing: docker-27.5.1_ce-150000.218.1.x86_64 [....done]', tell);
  zypperProgress('( 1/12) Retrieving: docker-27.5.1_ce', tell);
  assert.deepEqual(told, [
    'Installing docker-25.0.8-1.amzn2023.0.1.x86_64',
    'Installing docker-cli-0:28.2.2-1.fc42.x86_64',
    'Total download size: 76 M',
    'Installing docker-27.5.1_ce-150000.218.1.x86_64',
  ]);
});
