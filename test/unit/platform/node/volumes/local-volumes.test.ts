import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, test } from 'node:test';
import { createLog } from '../../../../../lib/common/log.ts';
import { newServiceUnavailable } from '../../../../../lib/platform/api/status-error.ts';
import { inProcessClient } from '../../../../../lib/platform/client/in-process-client.ts';
import { runLocalVolumes } from '../../../../../lib/platform/node/volumes/local-volumes.ts';
import { VolumeFolders } from '../../../../../lib/platform/node/volumes/volume-folders.ts';
import { eventually } from '../../../../support/eventually.ts';
import { FakeVerbs } from '../../../../support/fake-verbs.ts';
import { volumeOf } from '../../../../support/volume-objects.ts';

const VOLUMES = { group: '', version: 'v1', resource: 'persistentvolumes' } as const;
const uid = (n: number): string => `3b8f5f1a-4716-4735-a45c-00000000000${n}`;
const name = (n: number): string => `pvc-${uid(n)}`;
let dir: string;
let folders: VolumeFolders;
let verbs: FakeVerbs;
let stop: AbortController;
let running: Promise<void>;
let complaints: string[];
let used: Set<string>;

beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'oo-local-volumes-'));
  folders = new VolumeFolders(dir);
  verbs = new FakeVerbs();
  complaints = [];
  used = new Set();
});
afterEach(async () => {
  stop.abort();
  await running;
  rmSync(dir, { recursive: true, force: true });
});

function start(): void {
  stop = new AbortController();
  const log = createLog({ name: 'test', level: 'warn', write: (line) => void complaints.push(line) });
  const client = inProcessClient(verbs, 'system:node:n');
  running = runLocalVolumes(
    { client, nodeName: 'n', folders, isUsed: (volume) => Promise.resolve(used.has(volume)), log, clock: verbs.clock },
    stop.signal,
  );
}

async function make(n: number, policy: 'Delete' | 'Retain', finalizers = ['openshift.io/local-volume']): Promise<void> {
  const metadata = { labels: { 'openshift.io/local-volume-node': 'n' }, finalizers };
  await verbs.create(VOLUMES, volumeOf(name(n), { persistentVolumeReclaimPolicy: policy }, { metadata }));
  await folders.ensure(name(n));
  writeFileSync(join(folders.path(name(n)), 'file'), '');
}
const known = async (): Promise<string[]> => (await verbs.list(VOLUMES)).items.map(({ metadata }) => metadata.name!);

test('removes the folder of a volume that is deleted, then lets the volume go; what is to be retained stays on the disk', async () => {
  await make(1, 'Delete');
  await make(2, 'Retain');
  await make(3, 'Delete');
  start();
  for (const n of [1, 2]) await verbs.delete({ ...VOLUMES, name: name(n) });
  await eventually(async () => assert.deepEqual(await known(), [name(3)]));
  assert.deepEqual(readdirSync(dir).toSorted(), [name(2), name(3)]);
});

test('touches nothing while the volume is still bound', async () => {
  await make(1, 'Delete', ['openshift.io/local-volume', 'kubernetes.io/pv-protection']);
  start();
  await verbs.delete({ ...VOLUMES, name: name(1) });
  // One after the other: when the second is gone, the first has been looked at.
  await make(2, 'Delete');
  await verbs.delete({ ...VOLUMES, name: name(2) });
  await eventually(async () => assert.deepEqual(await known(), [name(1)]));
  assert.deepEqual(readdirSync(dir), [name(1)]);
  const body = { metadata: { finalizers: ['openshift.io/local-volume'] } };
  await verbs.patch({ ...VOLUMES, name: name(1) }, 'application/merge-patch+json', body);
  await eventually(async () => assert.deepEqual(await known(), []));
  assert.deepEqual(readdirSync(dir), []);
});

test('waits until the last pod that has the volume is off the machine, though the API has forgotten it', async () => {
  await make(1, 'Delete');
  await make(2, 'Delete');
  used.add(name(1));
  start();
  for (const n of [1, 2]) await verbs.delete({ ...VOLUMES, name: name(n) });
  await eventually(async () => assert.deepEqual(await known(), [name(1)]));
  assert.deepEqual(readdirSync(dir), [name(1)]);
  used.clear();
  await eventually(async () => {
    await verbs.clock.advance(1_000);
    assert.deepEqual(await known(), []);
  });
  assert.deepEqual(readdirSync(dir), []);
});

test('goes on with what was begun before: deleted while nobody was there, the folder gone but not said', async () => {
  await make(1, 'Delete');
  await make(2, 'Delete');
  for (const n of [1, 2]) await verbs.delete({ ...VOLUMES, name: name(n) });
  rmSync(folders.path(name(2)), { recursive: true });
  let failures = 3;
  verbs.reject = (action) => (action === 'patch' && failures-- > 0 ? newServiceUnavailable('down') : undefined);
  start();
  await eventually(async () => {
    await verbs.clock.advance(1_000);
    assert.deepEqual(await known(), []);
  });
  assert.deepEqual(readdirSync(dir), []);
});

test('says why a folder cannot be removed, and tries again', async () => {
  await make(1, 'Delete');
  const real = folders.remove.bind(folders);
  let failures = 2;
  folders.remove = (which, signal) => (failures-- > 0 ? Promise.reject(new Error('disk on fire')) : real(which, signal));
  start();
  await verbs.delete({ ...VOLUMES, name: name(1) });
  await eventually(async () => {
    await verbs.clock.advance(1_000);
    assert.deepEqual(await known(), []);
  });
  const { items } = await verbs.list({ group: '', version: 'v1', resource: 'events' });
  assert.deepEqual([items[0]!['reason'], items[0]!['message']], ['VolumeFailedDelete', 'disk on fire']);
});

test('keeps folders that the API does not know, and says so', async () => {
  mkdirSync(join(dir, name(7)));
  start();
  await eventually(() => assert.match(complaints.join(''), new RegExp(`folders of volumes that the API does not know are kept`)));
  assert.match(complaints.join(''), new RegExp(name(7)));
  assert.deepEqual(readdirSync(dir), [name(7)]);
});
