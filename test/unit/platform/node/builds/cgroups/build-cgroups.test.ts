import assert from 'node:assert/strict';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, test } from 'node:test';
import type { Log } from '../../../../../../lib/common/log.ts';
import { cgroupMounts } from '../../../../../../lib/platform/runtime/cgroup-mounts.ts';
import { BuildCgroups } from '../../../../../../lib/platform/node/builds/cgroups/build-cgroups.ts';
import { FakeClock } from '../../../../../support/fake-clock.ts';

let dir: string;
let warnings: string[];
let ran: string[][];
const log = { warn: (_keys: object, message: string) => void warnings.push(message) } as Log;

beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'oo-build-cgroups-'));
  warnings = [];
  ran = [];
  for (const name of ['pids', 'memory', 'unified']) mkdirSync(join(dir, name));
  writeFileSync(join(dir, 'unified', 'cgroup.subtree_control'), 'cpu memory\n');
});
afterEach(() => rmSync(dir, { recursive: true }));

const V1 = ['pids', 'memory'];
const V2 = ['unified'];

function cgroups(cgroupDriver: string, cgroupVersion: 1 | 2, hierarchies: readonly string[], fails = false): BuildCgroups {
  const line = (name: string): string =>
    `31 23 0:28 / ${join(dir, name)} rw shared:9 - ${name === 'unified' ? 'cgroup2' : 'cgroup'} cgroup rw,${name}`;
  return new BuildCgroups({
    engine: () => Promise.resolve({ cgroupDriver, cgroupVersion }),
    folder: join(dir, 'builds'),
    clock: new FakeClock(),
    log,
    mounts: () => Promise.resolve(cgroupMounts(hierarchies.map(line).join('\n'))),
    run: async (file, args) => {
      ran.push([file, ...args]);
      if (fails) throw new Error('systemd does not answer');
    },
  });
}

const files = (): string[] => readdirSync(join(dir, 'builds'));

/** Files of a folder are no folders of their own on cgroupfs; here they are in the way of its removal. */
function takeLimit(folder: string): string {
  const limit = readFileSync(join(folder, 'pids.max'), 'utf8');
  rmSync(join(folder, 'pids.max'));
  return limit;
}

test('cgroup v1: a folder in the hierarchy of pids; it is taken out of those too where the engine has made it', async () => {
  const result = await cgroups('cgroupfs', 1, V1).within(300, (parent) => {
    assert.match(parent!, /^\/openshift-build-[0-9a-f]{16}$/);
    assert.equal(takeLimit(join(dir, 'pids', parent!)), '300');
    assert.deepEqual(files(), [`${parent!.slice(1)}.cgroup`]);
    mkdirSync(join(dir, 'memory', parent!));
    mkdirSync(join(dir, 'pids', parent!, 'left'));
    return Promise.resolve('image');
  });
  assert.equal(result, 'image');
  assert.deepEqual([readdirSync(join(dir, 'pids')), readdirSync(join(dir, 'memory')), files(), warnings], [[], [], [], []]);
});

test('cgroup v2: a folder below the root, which hands the controller on; it goes when the build fails too', async () => {
  const failing = cgroups('cgroupfs', 2, V2).within(300, (parent) => {
    assert.equal(takeLimit(join(dir, 'unified', parent!)), '300');
    assert.equal(readFileSync(join(dir, 'unified', 'cgroup.subtree_control'), 'utf8'), '+pids');
    return Promise.reject(new Error('exit 7'));
  });
  await assert.rejects(failing, /exit 7/);
  assert.deepEqual(readdirSync(join(dir, 'unified')), ['cgroup.subtree_control']);
});

test('systemd: a slice that is no part of another', async () => {
  await cgroups('systemd', 2, V2).within(300, (parent) => {
    assert.match(parent!, /^openshift_build_[0-9a-f]{16}\.slice$/);
    assert.deepEqual(ran.splice(0), [
      ['systemctl', 'set-property', '--runtime', parent, 'TasksAccounting=yes', 'TasksMax=300'],
      ['systemctl', 'start', parent],
    ]);
    assert.deepEqual(files(), [`${parent}.cgroup`]);
    return Promise.resolve();
  });
  const slice = ran[0]![2];
  assert.deepEqual(ran, [['systemctl', 'stop', slice], ['systemctl', 'revert', '--no-reload', slice]]); // prettier-ignore
  assert.deepEqual([files(), warnings], [[], []]);
});

for (const [what, made] of [
  ['no hierarchy has pids', () => cgroups('cgroupfs', 1, ['memory'])],
  ['another driver', () => cgroups('none', 2, V2)],
  [
    'a root that does not hand pids on',
    () => (rmSync(join(dir, 'unified', 'cgroup.subtree_control')), cgroups('cgroupfs', 2, V2)),
  ],
] as [string, () => BuildCgroups][])
  test(`${what}: builds go on without, which is said once`, async () => {
    const unbounded = made();
    for (const _ of [1, 2])
      assert.equal(await unbounded.within(300, (parent) => Promise.resolve(parent ?? 'without')), 'without');
    assert.deepEqual(warnings, ['processes of RUN in a Dockerfile are not bounded on this machine']);
    if (existsSync(join(dir, 'builds'))) assert.deepEqual(files(), []);
  });

test('systemd on cgroup v1: hierarchies that it leaves alone are tidied up too', async () => {
  await cgroups('systemd', 1, V1).within(300, async (parent) => void mkdirSync(join(dir, 'memory', parent!)));
  assert.deepEqual([readdirSync(join(dir, 'memory')), files(), warnings], [[], [], []]);
});

test('what systemd does not take away is kept in mind, and tried again by the next node', async () => {
  await cgroups('systemd', 2, V2, true).within(300, () => Promise.resolve());
  const [left] = files();
  assert.match(left!, /^openshift_build_.*\.slice\.cgroup$/);
  await cgroups('systemd', 2, V2).recover();
  assert.deepEqual(files(), []);
  assert.deepEqual(ran.at(-1), ['systemctl', 'revert', '--no-reload', left!.replace('.cgroup', '')]);
});
