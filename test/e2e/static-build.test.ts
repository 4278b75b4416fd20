import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { ooInstall, startHostWithCheckout } from '../support/checkout-on-host.ts';
import { listSettledHost } from '../support/host-listing.ts';
import { createExamples, examplesAnswer, exampleUrl, platformOnHost } from '../support/platform-on-host.ts';
import { onlyExpectedResidue } from '../support/residue.ts';

// A system that nobody has described, with no package manager that we know: Docker and the CNI plugins are static builds. The archives
// have upstream's layout; the programs in them are Debian's, since the tests fetch nothing from elsewhere.

const host = await startHostWithCheckout({ docker: 'absent' });
after(() => host.dispose());
await host.shell(
  `set -e
  apt-get update -q
  DEBIAN_FRONTEND=noninteractive apt-get install -qy --no-install-recommends nftables iptables conntrack libdevmapper1.02.1
  mkdir -p /root/.cache/build/docker /root/.cache/build/cni && cd /root/.cache/build
  apt-get download -q docker.io containerd runc tini containernetworking-plugins
  for package in *.deb; do dpkg -x $package tree; done
  cp tree/usr/bin/docker tree/usr/sbin/dockerd tree/usr/bin/containerd tree/usr/bin/containerd-shim-runc-v2 tree/usr/bin/ctr docker/
  cp tree/usr/sbin/runc docker/ && cp tree/usr/bin/tini-static docker/docker-init
  cp tree/usr/bin/docker-proxy docker/ 2>/dev/null || cp tree/usr/sbin/docker-proxy docker/
  tar -czf /root/.cache/docker.tgz docker
  cp tree/usr/lib/cni/* cni/ && echo hello >cni/README.md
  tar -czf /root/.cache/cni.tgz -C cni .
  printf 'ID=plan9\\nPRETTY_NAME="Plan 9"\\n' >/etc/os-release`,
  { timeout: 240_000 },
);
const sum = async (path: string) => (await host.exec(['sha256sum', path])).stdout.split(' ')[0]!;
const docker = await sum('/root/.cache/docker.tgz');
const cni = await sum('/root/.cache/cni.tgz');
const flags = [
  '--docker-tarball=/root/.cache/docker.tgz',
  `--docker-sha256=${docker}`,
  '--cni-tarball=/root/.cache/cni.tgz',
  `--cni-sha256=${cni}`,
];
const before = await listSettledHost(host);

test('a build with another checksum is refused, and nothing is put in place', async () => {
  const wrong = flags.map((word) => word.replace(docker, cni));
  const result = await ooInstall(host, ['localhost', ...wrong]);
  assert.notEqual(result.code, 0);
  assert.match(result.stdout + result.stderr, /docker\.tgz is not what was expected: sha256/);
  await host.shell('! test -e /usr/local/bin/dockerd');
});

test('Docker and the plugins come from the builds, and the platform runs on them', async () => {
  const result = await ooInstall(host, ['localhost', ...flags]);
  assert.equal(result.code, 0, result.stdout + result.stderr);
  assert.match(result.stdout + result.stderr, /Plan 9 is not known/);
  assert.match((await host.exec(['systemctl', 'is-enabled', 'docker'])).stdout, /^enabled$/m);
  using platform = await platformOnHost(host);
  await createExamples(platform.kubectl, 'static');
  await examplesAnswer(await exampleUrl(host, platform.kubectl), 'static');
});

test('a second run has nothing to do', async () => {
  const result = await ooInstall(host, ['localhost', ...flags, '--json']);
  assert.equal(result.code, 0, result.stdout + result.stderr);
  assert.match(result.stdout, /"outcome":"unchanged"/);
});

test('uninstall takes programs and units away again', async () => {
  const result = await ooInstall(host, ['uninstall', 'localhost', '--yes']);
  assert.equal(result.code, 0, result.stdout + result.stderr);
  await onlyExpectedResidue(host, ['absent'], before);
});
