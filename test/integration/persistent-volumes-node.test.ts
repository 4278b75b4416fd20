import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { cpSync, existsSync, mkdtempSync, openSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, it } from 'node:test';
import { packageRoot } from '../../lib/common/assets.ts';
import { eventually } from '../support/eventually.ts';
import { ensureStartingImages, ensureWebImages } from '../support/images.ts';
import { IN_TIME } from '../support/kubectl.ts';
import { startPlatform } from '../support/platform.ts';
import { runCommand } from '../support/run-command.ts';
import { claim, claimVolume, podWith } from '../support/volume-manifests.ts';

/** The two halves as two machines have them: nothing is shared but the API, a kubeconfig and certificates that were copied. */
const master = await startPlatform({ parts: 'master' });
const { kubectl } = master;
const folder = mkdtempSync(join(tmpdir(), 'oo-far-node-'));
const dataDir = join(folder, 'data');
const configFile = join(folder, 'config.yaml');
const program = ['--disable-warning=ExperimentalWarning', join(packageRoot(), 'bin', 'openshift.ts')];
let node: ChildProcess | undefined;

async function startNode(): Promise<void> {
  const log = openSync(join(folder, 'node.log'), 'a');
  node = spawn(process.execPath, [...program, 'start', 'node', '--config', configFile], { stdio: ['ignore', log, log] });
  await eventually(() => kubectl(['wait', '--for=condition=Ready', `node/${master.nodeName}`, '--timeout=30s']), {
    timeout: 40_000,
  });
}

async function endNode(signal: NodeJS.Signals): Promise<void> {
  if (node === undefined || node.exitCode !== null || node.signalCode !== null) return;
  const gone = once(node, 'exit');
  node.kill(signal);
  await gone;
}

after(async () => {
  await endNode('SIGTERM');
  await runCommand([process.execPath, ...program, 'node', 'cleanup', '--config', configFile], { anyCode: true });
  await master.stop();
  rmSync(folder, { recursive: true, force: true });
});

it('makes and removes volumes on the machine of the node, also what was asked for while it was away', async () => {
  await Promise.all([ensureStartingImages(), ensureWebImages()]);
  for (const name of ['pki/ca.crt', 'pki/kubelet.crt', 'pki/kubelet.key', 'kubeconfig/node.kubeconfig'])
    cpSync(join(master.dataDir, name), join(dataDir, name));
  writeFileSync(
    configFile,
    JSON.stringify({ ...master.config, dataDir, kubeconfig: join(dataDir, 'kubeconfig/node.kubeconfig') }),
    {
      mode: 0o600,
    },
  );
  await kubectl.create(claim('data'));
  await kubectl.create(podWith('user', [claimVolume('data', 'data')], 'echo far > /data/file'));
  await startNode();
  await kubectl(['wait', '--for=condition=Ready', 'pod/user', IN_TIME]);
  const volume = (await kubectl.json('get', 'pvc', 'data'))['spec'].volumeName as string;
  const folders = join(dataDir, 'volumes');
  await eventually(() => assert.equal(readFileSync(join(folders, volume, 'file'), 'utf8'), 'far\n'));
  assert.equal(existsSync(join(master.dataDir, 'volumes')), false);

  // By force, while its container goes on for as long as it likes: nothing is taken from under it.
  await endNode('SIGKILL');
  await kubectl(['delete', 'pod', 'user', '--force', '--grace-period=0']);
  await kubectl(['delete', 'pvc', 'data', IN_TIME]);
  await eventually(async () => assert.match(await kubectl.text('get', 'pv', volume, '--no-headers'), / Terminating /));
  assert.equal(readFileSync(join(folders, volume, 'file'), 'utf8'), 'far\n');
  await startNode();
  await kubectl(['wait', '--for=delete', `pv/${volume}`, IN_TIME]);
  assert.deepEqual(readdirSync(folders), []);
});
