import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { readKubeconfig } from '../../../lib/platform/pki/kubeconfig.ts';
import { eventually } from '../../support/eventually.ts';
import { createHelm, HELM_MAJORS, type HelmMajor, helmMissing, type Revision } from '../../support/helm.ts';
import { IN_TIME } from '../../support/kubectl.ts';
import { replay } from '../../support/wire/replay.ts';
import { wireClient } from '../../support/wire/wire-client.ts';
import { useNamespace } from '../../support/shared-platform.ts';
import { type HelmCommand, recordHelm } from '../../support/wire/record-helm.ts';
import { recordedFlow } from '../../support/wire/recorded-flow.ts';
import { readRecording, type Recording } from '../../support/wire/recording.ts';

// What helm sends, without helm: recorded with OO_RECORD=1, and sent again to whatever the platform is now.
const { kubectl, namespace: elsewhere, kubeconfigPath } = await useNamespace('helm-recorded');
const { server, caPem } = await readKubeconfig(kubeconfigPath);
const { send, close } = wireClient(server, caPem);
const home = mkdtempSync(join(tmpdir(), 'oo-test-helm-'));
after(() => {
  close();
  rmSync(home, { recursive: true });
});

const CHART = join(import.meta.dirname, 'charts', 'shop');
const COMMANDS: readonly HelmCommand[] = [
  { file: 'install.ndjson', args: ['install', 'shop', CHART, '--set=password=recorded', '--wait', '--timeout=60s'] },
  { file: 'upgrade.ndjson', args: ['upgrade', 'shop', CHART, '--set=extras=false,greeting=bonjour,replicas=2', '--wait'] },
  { file: 'rollback.ndjson', args: ['rollback', 'shop', '1', '--wait', '--timeout=60s'] },
  { file: 'uninstall.ndjson', args: ['uninstall', 'shop', '--wait', '--timeout=30s'] },
];

/** A tenant with a project of that name. Its token. */
async function tenant(namespace: string, create: boolean): Promise<string> {
  if (create) await kubectl(['create', 'namespace', namespace]);
  await kubectl(['create', 'serviceaccount', 'tenant', '-n', namespace]);
  await kubectl([
    'create',
    'rolebinding',
    'tenant',
    '--clusterrole=admin',
    `--serviceaccount=${namespace}:tenant`,
    '-n',
    namespace,
  ]);
  return kubectl.text('create', 'token', 'tenant', '-n', namespace);
}
const strangersToken = await tenant(elsewhere, false);

for (const major of HELM_MAJORS) describe(`helm ${major}, as recorded`, () => replays(major));

function replays(major: HelmMajor): void {
  // Its name is in what helm wrote, protobuf and compressed.
  const namespace = `recorded-helm-${major}`;
  const folder = join(import.meta.dirname, 'recorded', `helm-${major}`);
  let token: string;

  before(async () => {
    token = await tenant(namespace, true);
    if (process.env['OO_RECORD'] === undefined) return;
    mkdirSync(folder, { recursive: true });
    await recordHelm(major, { server, caPem, namespace, token }, folder, COMMANDS);
    await kubectl(['delete', 'namespace', namespace, IN_TIME]);
    token = await tenant(namespace, true);
  });
  after(() => kubectl(['delete', 'namespace', namespace, '--wait=false'], { anyCode: true }));

  const recorded = (file: string): Recording => readRecording(join(folder, file));
  const sendAgain = async (file: string): Promise<void> => {
    const membersOnly = (path: string): boolean => path.includes(`/namespaces/${namespace}`);
    await replay(send, recordedFlow(recorded(file), { membersOnly, patience: 30_000 }), { token, strangersToken });
  };
  const read = (...args: string[]): Promise<string> => kubectl.text(...args, '-n', namespace);
  /** Revisions by the labels that helm finds them by: `1 superseded`. */
  const revisions = async (): Promise<string[]> => {
    const format = '{range .items[*]}{.metadata.labels.version} {.metadata.labels.status}{"\\n"}{end}';
    return (await read('get', 'secrets', '-l', 'owner=helm,name=shop', '-o', `jsonpath=${format}`)).split('\n').filter(Boolean);
  };
  const greeting = (): Promise<string> => read('get', 'configmap', 'shop', '-o', 'jsonpath={.data.greeting}');
  const ready = (): Promise<string> => read('get', 'deployment', 'shop', '-o', 'jsonpath={.status.readyReplicas}');
  /** helm waits for enough that are ready, and one of before may be among them for a moment. */
  const isReady = (pods: string): Promise<void> => eventually(async () => assert.equal(await ready(), pods));
  const extras = (): Promise<string> => read('get', 'netpol,cronjob', '-o', 'name');

  test('install --wait: the release and its objects are there, and ready', async () => {
    await sendAgain('install.ndjson');
    assert.deepEqual(await revisions(), ['1 deployed']);
    assert.deepEqual([await greeting(), await ready()], ['hello', '1']);
    assert.match(await extras(), /networkpolicy\S*shop-extra\ncronjob\S*shop-extra$/);
    assert.equal(await read('get', 'jobs', '-o', 'name'), '');
  });

  test('upgrade --wait: what the chart drops goes, the rest is changed', async () => {
    await sendAgain('upgrade.ndjson');
    assert.deepEqual(await revisions(), ['1 superseded', '2 deployed']);
    assert.deepEqual([await greeting(), await extras()], ['bonjour', '']);
    await isReady('2');
  });

  test('rollback --wait: an earlier revision is back, as a new one', async () => {
    await sendAgain('rollback.ndjson');
    assert.deepEqual(await revisions(), ['1 superseded', '2 superseded', '3 deployed']);
    assert.equal(await greeting(), 'hello');
    await isReady('1');
    assert.match(await extras(), /shop-extra\n.*shop-extra$/);
  });

  test('what was sent last, sent again, changes nothing', async () => {
    // Of kinds whose status controllers write the generation, of the others the version.
    const of = { 'deploy,pdb,netpol,cronjob': 'generation', 'svc,ingress,cm,secret,sa,role,rolebinding': 'resourceVersion' };
    const versions = (): Promise<string[]> =>
      Promise.all(
        Object.entries(of).map(([kinds, field]) => {
          const format = `{range .items[*]}{.kind}/{.metadata.name} {.metadata.${field}}{"\\n"}{end}`;
          return read('get', kinds, '-l', 'app.kubernetes.io/instance=shop', '-o', `jsonpath=${format}`);
        }),
      );
    const { command, client, steps } = recorded('rollback.ndjson');
    const patches = steps.filter(({ call }) => call.startsWith('PATCH '));
    assert.ok(patches.length > 0);
    const before = await versions();
    await replay(send, recordedFlow({ command, client, steps: patches.map((step) => ({ ...step, status: 200 })) }), { token });
    assert.deepEqual(await versions(), before);
  });

  test('the real helm reads the history', { skip: helmMissing }, async () => {
    const history = await createHelm(major, kubeconfigPath, namespace, home).json<Revision[]>('history', 'shop');
    assert.deepEqual(
      history.map(({ revision, status }) => `${revision} ${status}`),
      ['1 superseded', '2 superseded', '3 deployed'],
    );
  });

  test('uninstall --wait: everything goes but what is to be kept', async () => {
    await sendAgain('uninstall.ndjson');
    assert.deepEqual(await revisions(), []);
    assert.equal(await read('get', 'deploy,svc,ingress,pdb,netpol,cronjob,role', '-o', 'name'), '');
    assert.equal(await read('get', 'configmap', 'shop-kept', '-o', 'jsonpath={.data.worth}'), 'keeping');
  });
}
