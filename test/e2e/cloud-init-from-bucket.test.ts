import assert from 'node:assert/strict';
import { copyFile, mkdir, mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { after, test } from 'node:test';
import { packageRoot } from '../../lib/common/assets.ts';
import { ownCacheDir } from '../../lib/installer/artifacts/cache.ts';
import { debianArchitecture } from '../../lib/installer/artifacts/debian-architecture.ts';
import { failureOf } from '../../lib/installer/cli/failure.ts';
import { parseLab } from '../../lib/installer/config/lab-file.ts';
import { archivePlace, makeLabArchive } from '../../lib/installer/lab/aws/archive/lab-archive.ts';
import { hostDataOf } from '../../lib/installer/lab/host-data.ts';
import { sshHostWork } from '../../lib/installer/lab/host-work.ts';
import type { LabRun } from '../../lib/installer/lab/lab-run.ts';
import type { LabContext, LabHost, LabProvider } from '../../lib/installer/lab/provider.ts';
import { requireState } from '../../lib/installer/lab/state/open-state.ts';
import { kubeconfigFile } from '../../lib/installer/lab/state/state-folder.ts';
import { labStatus } from '../../lib/installer/lab/status.ts';
import { labUp } from '../../lib/installer/lab/up.ts';
import { prepareSupplies } from '../../lib/installer/supplies.ts';
import { labHostFiles, type LabHostStatus } from '../../lib/stacks/cloud-init/lab-host-status.ts';
import { renderUserData } from '../../lib/stacks/cloud-init/render-user-data.ts';
import { eventually } from '../support/eventually.ts';
import { bucketsFolder, instanceServices, modeFile, servedRegion } from '../support/lab/instance-services.ts';
import { patient } from '../support/patience.ts';
import { createExamples, examplesAnswer, exampleUrl, platformOnHost } from '../support/platform-on-host.ts';
import { RecordingReporter } from '../support/recording-reporter.ts';
import { startTestHost, type TestHost } from '../support/test-host.ts';

// A host that installs itself, from `lab up` to a pod: what the bucket holds is made by the code that fills it on AWS, and what the host is
// told is its lab's own user data. EC2 is a container, and its metadata service and S3 are stand-ins on its loopback.

const folder = await mkdtemp(join(tmpdir(), 'oo-test-bucket-'));
process.env['XDG_STATE_HOME'] = join(folder, 'state');
const cacheDir = ownCacheDir(join(packageRoot(), '.cache', 'operator', 'oo-install'));
const image = 'openshift/hello-openshift:latest';
const lab = parseLab(
  JSON.stringify({
    name: 'bucket',
    provider: 'aws',
    attendees: ['ana'],
    images: [image],
    settings: { port: 9443 },
    aws: { region: servedRegion, install: 's3' },
  }),
  'lab.yaml',
);

let host: TestHost;
after(async () => {
  await host?.dispose();
  await rm(folder, { recursive: true, force: true });
});
let sha256 = '';
const booted = Promise.withResolvers<void>();
const provider: LabProvider = {
  name: 'aws',
  plan: async () => ({
    provider: 'aws',
    where: 'a container',
    resources: [],
    hosts: { create: ['ana-1'], keep: [], replace: [], remove: [] },
    cost: undefined,
    problems: [],
    notes: [],
  }),
  async up(context) {
    const archive = await makeLabArchive(
      { architecture: debianArchitecture(), anyDistro: false, images: [], cacheDir },
      context.report,
    );
    const install = archivePlace(context.state, servedRegion, archive.sha256);
    sha256 = archive.sha256;
    const object = join(folder, 'buckets', install.bucket, install.key);
    await mkdir(dirname(object), { recursive: true });
    await copyFile(archive.path, object);
    host = await startTestHost({
      variant: 'cloud-init',
      mounts: [`${join(folder, 'buckets')}:${bucketsFolder}:ro`],
      files: instanceServices(),
      userData: renderUserData(hostDataOf(context.lab, context.state, { install }).get('ana-1')!),
    });
    // The keys are made by cloud-init, and known for good when it has ended.
    await eventually(() => host.exec(['test', '-e', labHostFiles.status]), { timeout: 90_000, what: 'cloud-init' });
    booted.resolve();
    return provider.hosts(context);
  },
  hosts: async (context) => [await hostOf(context)],
  start: async () => undefined,
  stop: async () => undefined,
  extend: async () => undefined,
  remains: async () => [],
  down: async () => undefined,
  audit: async () => ({ clean: true, asked: [], errors: [] }),
};

async function hostOf({ lab: { settings } }: Pick<LabContext, 'lab'>): Promise<LabHost> {
  const { stdout } = await host.exec(['ssh-keygen', '-lf', '/etc/ssh/ssh_host_ed25519_key.pub']);
  const address = await host.address();
  return {
    name: 'ana-1',
    attendee: 'ana',
    state: 'running',
    id: host.name,
    ssh: { address, port: 22 },
    public: { address, sshPort: 22, apiPort: settings.port },
    hostKeys: [stdout.split(' ')[1]!],
    boot: 'done',
  };
}

const reporter = new RecordingReporter();
const run: LabRun = {
  provider,
  work: sshHostWork,
  reporter,
  signal: new AbortController().signal,
  parallel: 1,
  supplies: prepareSupplies({ cacheDir }),
  installPatience: { poll: 500, patience: patient(300_000) },
  showHosts: () => reporter,
  failureOf: (error, name) => failureOf(error, name, { aborted: false, verbose: true }),
};
/** At work while the tests look at the host; its end is the last but some of them. */
const up = labUp(run, lab, async () => undefined);
up.catch(booted.reject);
await booted.promise;

const stage = async (name: string): Promise<LabHostStatus['stages'][number] | undefined> => {
  const { stdout } = await host.exec(['cat', labHostFiles.status]);
  return (JSON.parse(stdout) as LabHostStatus).stages.find((one) => one.name === name);
};
/** systemd tries again by itself every 30 seconds: a test does not wait for that. */
const tryAgain = async (mode: string): Promise<void> => {
  await host.write({ [modeFile]: mode });
  await host.exec(['systemctl', 'restart', '--no-block', 'oo-install-lab-install']);
};
/** Until it has failed for this reason; with another text than `before`, which an earlier try may have left. */
const fails = (why: RegExp, before = '') =>
  eventually(
    async () => {
      const { state, error } = (await stage('install'))!;
      assert.deepEqual([state, why.test(error), error === before], ['failed', true, false], error);
      return error;
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

test('what the bucket denies is told on the host and to who waits, and cloud-init is none the worse', async () => {
  const denied = /s3:\/\/oo-lab-bucket-[0-9a-f]{12}\/archives\/[0-9a-f]{64}\.bundle: 403 AccessDenied$/;
  await fails(denied);
  // Who tells that cloud-init has ended may be slower; and between two tries nothing has failed.
  await eventually(
    async () => {
      const { stdout } = await host.exec(['cat', labHostFiles.status]);
      const { state, stages } = JSON.parse(stdout) as LabHostStatus;
      assert.deepEqual([state, stages.find(({ name }) => name === 'cloud-init')?.state], ['failed', 'done'], stdout);
    },
    { timeout: 60_000 },
  );
  await eventually(() => {
    const told = reporter.of('progress').map(({ host: name, message }) => `${name}: ${message}`);
    assert.ok(
      told.some((text) => text.startsWith('ana-1: waiting: it failed, and tries again: ') && denied.test(text)),
      told.join('\n'),
    );
  });
});

test('an archive with another byte, or cut off, is refused, and nothing of it runs', async () => {
  await tryAgain('corrupt');
  const corrupt = await fails(new RegExp(`has the sha256 [0-9a-f]{64}, and not ${sha256}$`));
  await tryAgain('cut');
  await fails(/sha256|IncompleteRead/, corrupt);
  const left = await host.shell('ls /var/lib/oo-install-lab /opt/oo-install 2>/dev/null', { anyCode: true });
  assert.doesNotMatch(left.stdout, /bundle$|programs|runtime/m);
});

test('lab up ends when the host has installed itself out of the right one, and its platform is ready', async () => {
  await tryAgain('');
  assert.equal(await up, 0, JSON.stringify(reporter.of('failed')));
  assert.equal((await stage('install'))?.state, 'done');
  const [result] = reporter.of('result');
  assert.match(`${result?.host} ${result?.outcome} ${result?.api}`, /^ana-1 installed https:\/\/.*:9443$/);
  // It only waited: nothing was sent, and no phase of an installation over SSH was begun.
  assert.deepEqual(new Set(reporter.of('phase').map(({ phase }) => phase)), new Set(['own-install']));
  using platform = await platformOnHost(host);
  assert.match(await platform.kubectl.text('config', 'view', '-o', 'jsonpath={.clusters[0].cluster.server}'), /:9443$/);
  await createExamples(platform.kubectl, 'bucket');
  await examplesAnswer(await exampleUrl(host, platform.kubectl), 'bucket');
});

test('the attendee has a kubeconfig on the host, and another one is kept for their own machine', async () => {
  const { stdout } = await host.exec(['stat', '-c', '%a %U', '/home/ana/.kube/config']);
  assert.equal(stdout, '600 ana\n');
  const { folder: state } = await requireState('bucket');
  assert.match(await readFile(kubeconfigFile(state, 'ana-1'), 'utf8'), /server: "?https:\/\/[\d.]+:9443/);
});

test('lab up again finds all of it done', async () => {
  const again = new RecordingReporter();
  const later: LabRun = { ...run, reporter: again, showHosts: () => again, provider: { ...provider, up: provider.hosts } };
  assert.equal(await labUp(later, lab, async () => undefined), 0, JSON.stringify(again.of('failed')));
  assert.deepEqual(new Set(again.of('phase').map(({ phase }) => phase)), new Set(['own-install']));
});

test('no credentials are in the status, in the journal or on the disk, and the archive is gone', async () => {
  const told = await host.shell(`journalctl -q --no-pager; cat ${labHostFiles.status}; ls /var/lib/oo-install-lab`);
  assert.doesNotMatch(told.stdout, /a-secret|a-session|metadata-token/);
  // While a stage is written down there is a second file of it.
  await eventually(async () =>
    assert.deepEqual((await host.shell('ls /var/lib/oo-install-lab')).stdout.trim().split('\n'), [
      'installed',
      'lock',
      'status.json',
    ]),
  );
});

test('images of the lab are there once Docker is', async () => {
  // Until it has ended: what is told of it then is of this try.
  await host.exec(['systemctl', 'restart', 'oo-install-lab-images'], { anyCode: true });
  await eventually(async () => assert.equal((await stage('images'))?.state, 'done', JSON.stringify(await stage('images'))), {
    timeout: 60_000,
  });
  const { stdout } = await host.exec(['cat', labHostFiles.status]);
  assert.equal((JSON.parse(stdout) as LabHostStatus).state, 'done');
  assert.equal(await labStatus(run, 'bucket'), true, JSON.stringify(reporter.of('lab-status')));
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
