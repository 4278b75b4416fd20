import assert from 'node:assert/strict';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readlinkSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import type { CallContext } from '../../../../lib/installer/agent/call-context.ts';
import { upgradeHandlers } from '../../../../lib/installer/agent/handlers/upgrade-handlers.ts';
import { openJournal } from '../../../../lib/installer/agent/journal/journal.ts';
import { currentVersion, keepVersions, useVersion } from '../../../../lib/installer/agent/upgrade/installed-versions.ts';
import { patienceOfReturn } from '../../../../lib/installer/agent/upgrade/run-upgrade.ts';
import { steadyContainers } from '../../../../lib/installer/agent/upgrade/running-containers.ts';
import { endUpgrade, readUpgrade, writeUpgrade } from '../../../../lib/installer/agent/upgrade/upgrade-record.ts';

const version = (digit: string, name: string) => ({ runtime: digit.repeat(64), openshift: digit.repeat(64), version: name });
const [one, two, three] = [version('1', '0.1.0'), version('2', '0.2.0'), version('3', '0.3.0')];

/** A server's folders with three versions in place, the first in use. */
async function server() {
  const dir = mkdtempSync(join(tmpdir(), 'oo-versions-'));
  const paths = { optDir: join(dir, 'opt'), stateDir: join(dir, 'state'), runDir: join(dir, 'run') };
  for (const { runtime, openshift, version: name } of [one, two, three]) {
    mkdirSync(join(paths.optDir, 'runtime', runtime), { recursive: true });
    mkdirSync(join(paths.optDir, 'openshift', openshift), { recursive: true });
    writeFileSync(
      join(paths.optDir, 'openshift', openshift, 'package.json'),
      JSON.stringify({ name: 'openshift', version: name }),
    );
  }
  await useVersion(paths.optDir, one);
  const context: CallContext = {
    journal: await openJournal(paths.stateDir),
    paths,
    change: { phase: 'p', description: 'd' },
    progress: () => undefined,
    stream: async () => undefined,
    gone: new AbortController().signal,
  };
  const begin = (to: typeof one, files: string[] = []) => upgradeHandlers['upgrade.begin']({ to, files, images: [] }, context);
  return { dir, paths, context, begin, [Symbol.dispose]: () => rmSync(dir, { recursive: true }) };
}

test('the version in use is what the links name, and switching is whole', async () => {
  using place = await server();
  assert.deepEqual(await currentVersion(place.paths.optDir), one);
  await useVersion(place.paths.optDir, two);
  assert.deepEqual(await currentVersion(place.paths.optDir), two);
  assert.equal(
    readlinkSync(join(place.paths.optDir, 'openshift', 'current')),
    join(place.paths.optDir, 'openshift', two.openshift),
  );
  rmSync(join(place.paths.optDir, 'runtime', 'current'));
  assert.equal(await currentVersion(place.paths.optDir), undefined);
});

test('only the versions that are named are kept, and what is being sent is left alone', async () => {
  using place = await server();
  const part = join(place.paths.optDir, 'openshift', `${three.openshift}.1234.part`);
  mkdirSync(part);
  await keepVersions(place.paths.optDir, [one, two]);
  assert.deepEqual(readdirSync(join(place.paths.optDir, 'runtime')).sort(), [one.runtime, two.runtime, 'current']);
  assert.equal(existsSync(part), true);
});

test('what is here is written down before anything is switched', async () => {
  using place = await server();
  const file = join(place.dir, 'unit');
  writeFileSync(file, 'old\n', { mode: 0o640 });
  assert.deepEqual(await place.begin(two, [file, join(place.dir, 'absent')]), { from: one });
  const record = await readUpgrade(place.paths.stateDir);
  assert.deepEqual([record?.state, record?.from, record?.to], ['begun', one, two]);
  const [first, second] = record?.files ?? [];
  assert.deepEqual(
    [first?.before.kind, first?.before.kind === 'file' && first.before.mode, second?.before.kind],
    ['file', 0o640, 'absent'],
  );
  assert.deepEqual(await currentVersion(place.paths.optDir), one);
  const { pending } = await upgradeHandlers['upgrade.read']({}, place.context);
  assert.equal(pending?.to.version, '0.2.0');
});

test('a version that is not in place, or a server without one in use, is refused', async () => {
  using place = await server();
  await assert.rejects(place.begin(version('9', '0.9.0')), { code: 'VERSION_MISSING' });
  rmSync(join(place.paths.optDir, 'openshift', 'current'));
  await assert.rejects(place.begin(two), { code: 'NOTHING_TO_UPGRADE' });
  assert.equal(await readUpgrade(place.paths.stateDir), undefined);
});

test('begun again before the switch: another version may take its place, what was written down stays', async () => {
  using place = await server();
  const file = join(place.dir, 'unit');
  writeFileSync(file, 'old\n');
  await place.begin(two, [file]);
  const before = await readUpgrade(place.paths.stateDir);
  writeFileSync(file, 'changed by the run that was cut off\n');
  assert.deepEqual(await place.begin(three, [file]), { from: one });
  const after = await readUpgrade(place.paths.stateDir);
  assert.deepEqual([after?.to, after?.files], [three, before?.files]);
});

test('cut off after the switch: the version to return to is the last one that proved itself, whoever comes next', async () => {
  using place = await server();
  await place.begin(two);
  const record = (await readUpgrade(place.paths.stateDir))!;
  await useVersion(place.paths.optDir, two);
  await writeUpgrade(place.paths.stateDir, { ...record, state: 'switched', containers: [{ pod: 'a/b', uid: 'u', id: 'c' }] });
  for (const to of [two, three, one]) assert.deepEqual(await place.begin(to), { from: one }, to.version);
  const found = await readUpgrade(place.paths.stateDir);
  assert.deepEqual([found?.state, found?.from, found?.to, found?.containers?.length], ['switched', one, one, 1]);
  await writeUpgrade(place.paths.stateDir, { ...record, state: 'returning', reason: 'r' });
  await place.begin(two);
  assert.equal((await readUpgrade(place.paths.stateDir))?.state, 'returning', 'the return is finished first');
  await endUpgrade(place.paths.stateDir);
  assert.equal(await readUpgrade(place.paths.stateDir), undefined);
});

test('without an upgrade that was begun there is nothing to run', async () => {
  using place = await server();
  const params = {
    files: [],
    daemon: { unit: 'x.service' },
    config: '/c',
    kubeconfig: '/k',
    image: 'i',
    patience: { stall: 1, most: 1 },
  };
  await assert.rejects(upgradeHandlers['upgrade.run'](params, place.context), { code: 'NO_UPGRADE' });
});

test('a new version that is given little time leaves the one before its own; who gives more gives it to both', () => {
  const seconds = (stall: number, most: number) => ({ stall: stall * 1000, most: most * 1000 });
  assert.deepEqual(patienceOfReturn(seconds(8, 8)), seconds(120, 600));
  assert.deepEqual(patienceOfReturn(seconds(900, 900)), seconds(900, 900));
});

test('containers that keep crashing, are being taken away or do not run are not watched', () => {
  const now = Date.parse('2026-01-01T01:00:00Z');
  const pod = (name: string, status: object, metadata: object = {}) => ({
    metadata: { namespace: 'n', name, uid: name, ...metadata },
    status: { phase: 'Running', ...status },
  });
  const container = (id: string, restartCount: number, startedAt?: string) => ({
    containerID: `docker://${id}`,
    restartCount,
    state: startedAt === undefined ? {} : { running: { startedAt } },
  });
  const pods = [
    pod('fine', { containerStatuses: [container('a', 0, '2026-01-01T00:59:59Z')] }),
    pod('recovered', { containerStatuses: [container('b', 3, '2026-01-01T00:50:00Z')] }),
    pod('crashes', { containerStatuses: [container('c', 3, '2026-01-01T00:59:50Z')] }),
    pod('waits', { containerStatuses: [container('d', 1)] }),
    pod(
      'goes',
      { containerStatuses: [container('e', 0, '2026-01-01T00:00:00Z')] },
      { deletionTimestamp: '2026-01-01T01:00:00Z' },
    ),
    pod('pending', { phase: 'Pending' }),
  ];
  assert.deepEqual(
    steadyContainers(pods, now).map(({ pod: name, id }) => `${name} ${id}`),
    ['n/fine a', 'n/recovered b'],
  );
});
