import assert from 'node:assert/strict';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, it } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { eventually } from '../../support/eventually.ts';
import { runSeed, seededRandom } from '../../support/random.ts';
import { claim, claimVolume, podWith } from '../../support/volume-manifests.ts';
import { startVolumeRig } from '../../support/volume-rig.ts';

const rig = await startVolumeRig();
const { platform, kubectl, folders, foldersGone } = rig;
after(() => rig.stop());

const NAMES = ['a', 'b', 'c'];
const ROUNDS = 4;
const seed = runSeed();
const random = seededRandom(seed);

/** So many files that their removal takes a while. */
const fill = (name: string): string =>
  `[ -e /data/name ] || { echo ${name} > /data/name; for d in $(seq 20); do mkdir -p /data/$d; (cd /data/$d; touch $(seq 500)); done; }`;

const manifest = JSON.stringify({
  apiVersion: 'v1',
  kind: 'List',
  items: NAMES.flatMap((name) => [claim(name), podWith(name, [claimVolume('data', name)], fill(name))]),
});

/** Ends the daemon with SIGKILL at a random moment of the work that has just been asked for, and starts it again. */
async function killSoon(): Promise<void> {
  await delay(random() * 2500);
  await platform.kill('SIGKILL');
  await platform.start();
}

async function settled(): Promise<void> {
  await eventually(() => kubectl(['wait', '--for=condition=Ready', ...NAMES.map((name) => `pod/${name}`), '--timeout=20s']), {
    timeout: 60_000,
  });
  const { items: claims } = await kubectl.json<{ items: { metadata: { name: string }; spec: { volumeName: string } }[] }>(
    'get',
    'pvc',
  );
  const volumes = claims.map(({ spec }) => spec.volumeName);
  assert.equal(new Set(volumes).size, NAMES.length);
  assert.match(await kubectl.text('get', 'pv', '--no-headers'), /^([^\n]+ Bound [^\n]+(\n|$)){3}$/);
  assert.deepEqual(readdirSync(folders).sort(), volumes.toSorted());
  for (const { metadata, spec } of claims)
    assert.equal(readFileSync(join(folders, spec.volumeName, 'name'), 'utf8'), `${metadata.name}\n`);
}

it(`loses and leaves nothing when the daemon is killed while it makes and removes volumes (OO_TEST_SEED=${seed})`, async () => {
  for (let round = 0; round < ROUNDS; round++) {
    const making = kubectl(['apply', '-f', '-'], { stdin: manifest, anyCode: true });
    await killSoon();
    await making;
    await eventually(() => kubectl.apply(manifest));
    await settled();
    const removing = kubectl(['delete', 'pod,pvc', '--all', '--wait=false'], { anyCode: true });
    await killSoon();
    await removing;
    await kubectl(['delete', 'pod,pvc', '--all', '--timeout=60s']);
    await eventually(async () => assert.equal(await kubectl.text('get', 'pv', '-o', 'name'), ''), { timeout: 30_000 });
    await foldersGone();
    assert.ok(existsSync(folders));
  }
});
