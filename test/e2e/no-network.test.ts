import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { ooInstall, startHostWithCheckout } from '../support/checkout-on-host.ts';
import { eventually } from '../support/eventually.ts';
import { listHost, listingDifference, listSettledHost } from '../support/host-listing.ts';
import { outside, startTestNetwork } from '../support/hosts/test-network.ts';
import { IN_TIME } from '../support/kubectl.ts';
import { createExamples, examplesAnswer, exampleUrl, platformOnHost } from '../support/platform-on-host.ts';
import { assertOnlyExpectedResidue } from '../support/residue.ts';
import { runCommand } from '../support/run-command.ts';

// docs/air-gapped.md, as it is written: a bundle is made where there is a network, and used where there is none.

const inside = await startTestNetwork({ internal: true });
const host = await startHostWithCheckout({ docker: 'absent', networks: [inside, outside] });
after(async () => {
  await host.dispose();
  await inside[Symbol.asyncDispose]();
});
const bundle = '/root/site.bundle';
/** Nothing that an earlier run kept helps. */
const site = { env: { XDG_CACHE_HOME: '/root/.cache/site' } };
const before = await listSettledHost(host);

test('a bundle is made, looked at and verified', async () => {
  const made = await ooInstall(host, [
    'bundle',
    'create',
    bundle,
    '--for',
    'debian-12,debian-13',
    '--arch',
    'amd64',
    '--images',
    'registry,static',
  ]);
  assert.equal(made.code, 0, made.stdout + made.stderr);
  assert.match(made.stdout, /^packages +debian-12, amd64 +\d+ +\d+\.\d MB$/m);
  const verified = await ooInstall(host, ['bundle', 'verify', bundle]);
  const sum = (await host.exec(['sha256sum', bundle])).stdout.split(' ')[0];
  assert.match(verified.stdout, new RegExp(`^sha256 ${sum}$`, 'm'));
  const { stdout } = await ooInstall(host, ['bundle', 'inspect', bundle, '--json']);
  const { packages } = JSON.parse(stdout) as { packages: { distro: string }[] };
  assert.deepEqual(
    packages.map(({ distro }) => distro),
    ['debian-12', 'debian-13'],
  );
});

test('a server that reaches nobody gets the platform out of it', async () => {
  await runCommand(['docker', 'network', 'disconnect', outside.name, host.name]);
  const asked = await host.shell('timeout 8 apt-get update 2>&1 | grep -c "^Hit\\|^Get"', { anyCode: true });
  assert.equal(asked.stdout.trim(), '0', 'the server still reaches a mirror');
  const result = await ooInstall(host, ['localhost', '--bundle', bundle, '--images', 'registry,static'], site);
  assert.equal(result.code, 0, result.stdout + result.stderr);
  assert.match(result.stdout + result.stderr, /packages streamed/);
  using platform = await platformOnHost(host);
  await platform.kubectl(['wait', '--for=condition=Available', 'deployment/docker-registry', IN_TIME]);
  await createExamples(platform.kubectl, 'inside');
  await examplesAnswer(await exampleUrl(host, platform.kubectl), 'inside');
});

test('a bundle with one byte changed is refused with its place, and changes nothing', async () => {
  await host.shell(`set -e; cp ${bundle} /root/other.bundle
    byte=$(od -An -tu1 -j150000000 -N1 /root/other.bundle)
    printf "\\$(printf %03o $(((byte + 1) % 256)))" | dd of=/root/other.bundle bs=1 seek=150000000 conv=notrunc status=none
    ! cmp -s ${bundle} /root/other.bundle`);
  const result = await ooInstall(host, ['bundle', 'verify', '/root/other.bundle']);
  assert.equal(result.code, 2, result.stdout + result.stderr);
  assert.match(result.stderr, /other\.bundle is corrupt: blobs\/[0-9a-f]{64} at byte \d+: its sha256 is/);
});

test('uninstall needs no network either', async () => {
  const result = await ooInstall(host, ['uninstall', 'localhost', '--yes'], site);
  assert.equal(result.code, 0, result.stdout + result.stderr);
  await host.shell(`rm ${bundle} /root/other.bundle`);
  const look = async () => {
    const differences = listingDifference(before, await listHost(host));
    // The second network went away with its interface, which is not the installer's doing.
    assertOnlyExpectedResidue(
      ['absent', 'packages'],
      differences.filter((line) => !/ interfaces /.test(line)),
    );
  };
  await eventually(look, { timeout: 20_000 });
});
