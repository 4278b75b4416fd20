import assert from 'node:assert/strict';
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import {
  chmodSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, beforeEach, test } from 'node:test';
import type { labErrors } from '../../../../../lib/installer/lab/lab-errors.ts';
import type { LabState } from '../../../../../lib/installer/lab/state/lab-state.ts';
import { draftState, openState, openStateFor } from '../../../../../lib/installer/lab/state/open-state.ts';
import { labFolder, lockFile, readState } from '../../../../../lib/installer/lab/state/state-folder.ts';
import { labOf } from '../../../../support/lab-file.ts';
import { setEnvironment } from '../../../../support/set-environment.ts';

const home = mkdtempSync(join(tmpdir(), 'oo-test-'));
after(() => rmSync(home, { recursive: true, force: true }));
setEnvironment({ XDG_STATE_HOME: home });
beforeEach(() => rmSync(join(home, 'oo-install'), { recursive: true, force: true }));

const mode = (path: string): string => (statSync(path).mode & 0o777).toString(8);
const written = (state: LabState): unknown => JSON.parse(JSON.stringify(state));
const folder = () => labFolder('class');

test('the state is made once, for its owner alone, with keys that ssh-keygen reads', async () => {
  const lab = labOf('attendees: [ana, ben]\nlifetime: 8h');
  const begin = Date.now();
  await using opened = await openStateFor(lab, 'lab up');
  const { state } = opened;
  assert.match(state.id, /^[0-9a-f]{12}$/);
  assert.ok(Math.abs(Date.parse(state.expires) - begin - 8 * 3_600_000) < 60_000);
  assert.equal(state.firstExpires, state.expires);
  assert.equal(mode(folder()), '700');
  for (const name of ['lab.json', 'keys/oo-install', 'keys/ana', 'keys/ana.pub']) assert.equal(mode(join(folder(), name)), '600');
  for (const { publicKey, privateKeyFile } of [state.operator, ...state.attendees.map(({ key }) => key)]) {
    const { stdout, stderr } = spawnSync('ssh-keygen', ['-y', '-P', '', '-f', privateKeyFile!], { encoding: 'utf8' });
    assert.equal(stdout.trim(), publicKey, stderr);
  }
  assert.deepEqual(await readState('class'), written(state));
});

test('a lab that grows, shrinks and grows again keeps keys, cohorts and its id', async () => {
  const names = (count: number) => Array.from({ length: count }, (_, index) => `p${index}`);
  const up = async (attendees: readonly string[]) => {
    await using opened = await openStateFor(labOf(`attendees: [${attendees.join(', ')}]`), 'lab up');
    return opened.state;
  };
  const first = await up(names(51));
  const fewer = await up(names(51).slice(2));
  const again = await up([...names(51), 'new']);
  assert.deepEqual([first.id, first.expires], [again.id, again.expires]);
  assert.deepEqual(fewer.attendees, first.attendees);
  assert.deepEqual(again.attendees.slice(0, 51), first.attendees);
  assert.deepEqual(
    again.attendees.map(({ cohort }) => cohort),
    [...Array.from({ length: 50 }, () => 0), 1, 1],
  );
});

test('an own key is taken, and a pair made when it is given up', async () => {
  const own = 'ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIGX0Z2x1s0r1k1mVb1tYy3b0mJcQ2r1k1mVb1tYy3b0m ana@home';
  const keyOf = async (text: string) => {
    await using opened = await openStateFor(labOf(text), 'lab up');
    return opened.state.attendees[0]!.key;
  };
  assert.deepEqual(await keyOf(`attendees: [{ name: ana, publicKey: ${own} }]`), { publicKey: own });
  const made = await keyOf('attendees: [ana]');
  assert.notEqual(made.publicKey, own);
  assert.match(readFileSync(made.privateKeyFile!, 'utf8'), /^-----BEGIN OPENSSH PRIVATE KEY-----\n/);
});

test('what is remembered meanwhile is on the disk, and changes at the same time do not undo each other', async () => {
  const lab = labOf('attendees: 1');
  await using opened = await openStateFor(lab, 'lab up');
  await Promise.all(
    ['i-1', 'i-2', 'i-3'].map((id) => opened.remember(({ hostKeys }) => ({ hostKeys: { ...hostKeys, [id]: [`SHA256:${id}`] } }))),
  );
  assert.deepEqual(Object.keys((await readState('class'))!.hostKeys), ['i-1', 'i-2', 'i-3']);
  assert.deepEqual(written(opened.state), await readState('class'));
});

test('looking makes nothing', async () => {
  const draft = await draftState(labOf('attendees: 2'));
  assert.equal(draft.attendees.length, 2);
  assert.deepEqual(readdirSync(home), []);
  await assert.rejects(openState('class', 'lab down'), { code: 'LAB_UNKNOWN' });
  assert.deepEqual(readdirSync(home), []);
});

test('a second oo-install is told who is at work; a lock whose process is gone is taken over', async () => {
  const lab = labOf('attendees: 1');
  {
    await using _first = await openStateFor(lab, 'lab up');
    await assert.rejects(openState('class', 'lab down'), (error: ReturnType<typeof labErrors.LAB_BUSY>) => {
      return error.code === 'LAB_BUSY' && /lab up, since 20/.test(error.message);
    });
  }
  const child = spawn(process.execPath, ['-e', 'setInterval(() => 0, 1e6); console.log("up")']);
  await once(child.stdout, 'data');
  const { hostname } = await import('node:os');
  const { processStart } = await import('../../../../../lib/installer/agent/supervisor/process-identity.ts');
  const holder = { host: hostname(), pid: child.pid, start: processStart(child.pid!), command: 'lab down', since: 'x' };
  writeFileSync(lockFile(folder()), JSON.stringify(holder));
  await assert.rejects(openStateFor(lab, 'lab up'), { code: 'LAB_BUSY' });
  child.kill('SIGKILL');
  await once(child, 'exit');
  const both = await Promise.allSettled([openStateFor(lab, 'lab up'), openStateFor(lab, 'lab up')]);
  assert.deepEqual(both.map(({ status }) => status).sort(), ['fulfilled', 'rejected']);
  for (const one of both) if (one.status === 'fulfilled') await one.value[Symbol.asyncDispose]();
  writeFileSync(lockFile(folder()), '{ half');
  await assert.rejects(openStateFor(lab, 'lab up'), { code: 'LAB_BUSY' });
});

test('what others could have written is not believed', async () => {
  const lab = labOf('attendees: 1');
  await (await openStateFor(lab, 'lab up'))[Symbol.asyncDispose]();
  chmodSync(folder(), 0o770);
  await assert.rejects(readState('class'), { code: 'LAB_STATE_FOREIGN' });
  chmodSync(folder(), 0o700);
  writeFileSync(join(folder(), 'lab.json'), '{"version": 1, "name": "class"}');
  await assert.rejects(readState('class'), { code: 'LAB_STATE_CORRUPT' });
  await assert.rejects(openStateFor(lab, 'lab up'), { code: 'LAB_STATE_CORRUPT' });
  rmSync(folder(), { recursive: true });
  symlinkSync(tmpdir(), folder());
  await assert.rejects(openStateFor(lab, 'lab up'), { code: 'LAB_STATE_FOREIGN' });
  rmSync(folder());
});

test('names that lead elsewhere are refused, and a lab stays with its provider', async () => {
  for (const name of ['../x', 'A', '', '-a', 'a'.repeat(21), 'a/b'])
    await assert.rejects(readState(name), { code: 'LAB_NAME_INVALID' });
  await (await openStateFor(labOf('attendees: 1'), 'lab up'))[Symbol.asyncDispose]();
  await assert.rejects(openStateFor(labOf('provider: aws\nattendees: 1'), 'lab up'), { code: 'LAB_OF_ANOTHER_PROVIDER' });
  await using opened = await openState('class', 'lab down');
  await opened.remove();
  assert.equal(await readState('class'), undefined);
});

test('keys of a lab that was being taken away when its process was killed go with the next command', async () => {
  const half = `${folder()}.5b1e.removed`;
  mkdirSync(join(half, 'keys'), { recursive: true });
  writeFileSync(join(half, 'keys', 'ana'), 'a private key');
  await using _opened = await openStateFor(labOf('attendees: [ana]'), 'lab up');
  assert.deepEqual(readdirSync(join(half, '..')).toSorted(), ['class', 'class.lock']);
});
