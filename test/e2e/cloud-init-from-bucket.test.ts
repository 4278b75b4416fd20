import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { hashFile } from '../../lib/installer/artifacts/cache.ts';
import { labHostFiles, type LabHostStatus } from '../../lib/stacks/cloud-init/lab-host-status.ts';
import { renderUserData } from '../../lib/stacks/cloud-init/render-user-data.ts';
import { eventually } from '../support/eventually.ts';
import { startTestNetwork } from '../support/hosts/test-network.ts';
import { instanceServices, modeFile, objectFolder, servedObject } from '../support/lab/instance-services.ts';
import { labHostData } from '../support/lab/lab-host-data.ts';
import { startHomeOperator } from '../support/operator/home-operator.ts';
import { createExamples, examplesAnswer, exampleUrl, platformOnHost } from '../support/platform-on-host.ts';
import { startTestHost } from '../support/test-host.ts';

// A host that installs itself: out of a bundle in a bucket, by the role of its instance, and with no network but those two services.

const operator = await startHomeOperator();
const folder = await mkdtemp(join(tmpdir(), 'oo-test-bucket-'));
const bundle = join(folder, 'oo-install.bundle');
const made = await operator.exec(
  [join(import.meta.dirname, '../../bin/oo-install'), 'bundle', 'create', bundle, '--for', 'debian-12'],
  { timeout: 300_000 },
);
assert.match(made.stdout, /^installer +\d+\.\d+\.\d+ /m);

const inside = await startTestNetwork({ internal: true });
const install = { ...servedObject, sha256: await hashFile(bundle) };
const image = 'openshift/hello-openshift:latest';
const host = await startTestHost({
  variant: 'cloud-init',
  networks: [inside],
  mounts: [`${folder}:${objectFolder}:ro`],
  files: instanceServices(),
  userData: renderUserData(labHostData({ install, settings: { port: 9443 }, images: [image] })),
});
after(async () => {
  await host.dispose();
  await inside[Symbol.asyncDispose]();
  await operator[Symbol.asyncDispose]();
  await rm(folder, { recursive: true, force: true });
});

const stage = async (name: string): Promise<LabHostStatus['stages'][number] | undefined> => {
  const { stdout } = await host.exec(['cat', labHostFiles.status]);
  return (JSON.parse(stdout) as LabHostStatus).stages.find((one) => one.name === name);
};
/** systemd tries again by itself every 30 seconds: a test does not wait for that. */
const tryAgain = async (mode: string): Promise<void> => {
  await host.write({ [modeFile]: mode });
  await host.exec(['systemctl', 'restart', '--no-block', 'oo-install-lab-install']);
};
const fails = (why: RegExp) =>
  eventually(
    async () => {
      const { state, error } = (await stage('install'))!;
      assert.deepEqual([state, why.test(error)], ['failed', true], error);
    },
    { timeout: 60_000, what: String(why) },
  );

test('a request is signed as the example in the API reference of S3', async () => {
  const script = `import datetime, importlib.machinery, sys
sys.dont_write_bytecode = True
program = importlib.machinery.SourceFileLoader("program", "/usr/local/sbin/oo-install-lab-install").load_module()
keys = {"AccessKeyId": "AKIAIOSFODNN7EXAMPLE", "SecretAccessKey": "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY"}
url = "https://examplebucket.s3.amazonaws.com/test.txt"
print(program.signed(url, "us-east-1", keys, {"range": "bytes=0-9"}, datetime.datetime(2013, 5, 24))["Authorization"])`;
  const { stdout } = await host.exec(['python3', '-W', 'ignore', '-c', script]);
  assert.match(stdout, /,Signature=f0e8bdb87c964420e857bd35b5d6ed310bd44f0170aba48dd91039c6036bdb41$/m);
});

test('what the bucket denies is told, and cloud-init is none the worse', async () => {
  await fails(/^s3:\/\/lab-bucket\/releases\/oo-install\.bundle: 403 AccessDenied$/);
  assert.equal((await stage('cloud-init'))?.state, 'done');
  const { stdout } = await host.exec(['cat', labHostFiles.status]);
  assert.equal((JSON.parse(stdout) as LabHostStatus).state, 'failed');
});

test('a bundle with another byte, or cut off, is refused, and nothing of it runs', async () => {
  await tryAgain('corrupt');
  await fails(new RegExp(`has the sha256 [0-9a-f]{64}, and not ${install.sha256}$`));
  await tryAgain('cut');
  await fails(/sha256|IncompleteRead/);
  const left = await host.shell('ls /var/lib/oo-install-lab /opt/oo-install 2>/dev/null', { anyCode: true });
  assert.doesNotMatch(left.stdout, /bundle$|programs|runtime/m);
});

test('the platform comes up out of the right one, on the port of the settings', async () => {
  await tryAgain('');
  await eventually(async () => assert.equal((await stage('install'))?.state, 'done', JSON.stringify(await stage('install'))), {
    timeout: 150_000,
    what: 'installation',
  });
  using platform = await platformOnHost(host);
  assert.match(await platform.kubectl.text('config', 'view', '-o', 'jsonpath={.clusters[0].cluster.server}'), /:9443$/);
  await createExamples(platform.kubectl, 'bucket');
  await examplesAnswer(await exampleUrl(host, platform.kubectl), 'bucket');
});

test('no credentials are in the status, in the journal or on the disk, and the bundle is gone', async () => {
  const told = await host.shell(`journalctl -q --no-pager; cat ${labHostFiles.status}; ls /var/lib/oo-install-lab`);
  assert.doesNotMatch(told.stdout, /a-secret|a-session|metadata-token/);
  assert.deepEqual((await host.shell('ls /var/lib/oo-install-lab')).stdout.trim().split('\n'), [
    'installed',
    'lock',
    'status.json',
  ]);
});

test('images of the lab are there once Docker is', async () => {
  await host.exec(['systemctl', 'restart', '--no-block', 'oo-install-lab-images']);
  await eventually(async () => assert.equal((await stage('images'))?.state, 'done', JSON.stringify(await stage('images'))), {
    timeout: 60_000,
  });
  const { stdout } = await host.exec(['cat', labHostFiles.status]);
  assert.equal((JSON.parse(stdout) as LabHostStatus).state, 'done');
});

test('after a reboot it is not installed again', async () => {
  await host.restart();
  await eventually(async () => {
    const { stdout } = await host.exec(['systemctl', 'show', '-P', 'ConditionResult', 'oo-install-lab-install'], {
      anyCode: true,
    });
    assert.equal(stdout.trim(), 'no');
  });
  assert.equal((await stage('install'))?.state, 'done');
});
