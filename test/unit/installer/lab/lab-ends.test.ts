import assert from 'node:assert/strict';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, beforeEach, test } from 'node:test';
import { OoError } from '../../../../lib/common/errors.ts';
import type { LabAudit } from '../../../../lib/installer/lab/provider.ts';
import { openState } from '../../../../lib/installer/lab/state/open-state.ts';
import { readState, stateHome } from '../../../../lib/installer/lab/state/state-folder.ts';
import { paperCloud } from '../../../support/lab/paper-cloud.ts';
import { type PaperCommand, runOnPaper } from '../../../support/lab/paper-lab.ts';
import { setEnvironment } from '../../../support/set-environment.ts';

// What the commands of a lab end with (docs/exit-codes.md), and what they say then.

const home = mkdtempSync(join(tmpdir(), 'oo-test-'));
after(() => rmSync(home, { recursive: true, force: true }));
setEnvironment({ XDG_STATE_HOME: home });
const folder = join(home, 'cloud');
const cloud = paperCloud({ folder });
const run = (command: PaperCommand, options: Omit<Parameters<typeof runOnPaper>[1], 'folder'> = {}) =>
  runOnPaper(command, { folder, ...options });
const up = (at?: (step: string) => void) => run('up', { argument: 'attendees: [ana, ben, eve]', ...(at && { at }) });

beforeEach(() => {
  rmSync(folder, { recursive: true, force: true });
  rmSync(stateHome(), { recursive: true, force: true });
  mkdirSync(folder);
});

test('a host that cannot be installed stops no other, and the next up finishes it', async () => {
  const broken = await up((step) => {
    if (step === 'install: ana-1') throw new OoError('DOCKER_DOWN', 'docker', 'docker does not start');
    if (step === 'install: ben-1') throw new OoError('CUT', 'connection', 'the connection was lost');
  });
  // The worse of the two.
  assert.equal(broken.status, 5);
  const [summary] = broken.told.of('summary');
  assert.deepEqual(
    summary?.hosts.map(({ host, exitCode, code }) => [host, exitCode, code]),
    [
      ['ana-1', 5, 'DOCKER_DOWN'],
      ['ben-1', 4, 'CUT'],
      ['eve-1', 0, undefined],
    ],
  );
  assert.ok(!broken.told.of('lab').some(({ message }) => message.includes('is up')));
  assert.deepEqual(
    Object.values(cloud.paper().hosts).map(({ hasPlatform }) => hasPlatform),
    [false, false, true],
  );
  assert.equal((await run('status')).status, 6);
  const again = await up();
  assert.equal(again.status, 0);
  assert.match(again.told.of('lab').at(-1)!.message, /^the lab class is up, until /);
  assert.equal(cloud.paper().made, 3);
});

test('down ends with 6 when something is left or nobody knows, says so everywhere, keeps the state, and goes on later', async () => {
  const stray = { type: 'volume', id: 'vol-1', detail: 'of ana-1' };
  const audits: Readonly<Record<string, [audit: (found: LabAudit) => LabAudit, code: string, text: RegExp]>> = {
    'something is left': [
      ({ errors }) => ({ clean: false, asked: [{ type: 'volume', left: [stray] }], errors }),
      'LAB_NOT_GONE',
      /is NOT gone[^]*volume vol-1 of ana-1/,
    ],
    'it is called clean beside what is left': [
      ({ errors }) => ({ clean: true, asked: [{ type: 'volume', left: [stray] }], errors }),
      'LAB_NOT_GONE',
      /is NOT gone[^]*volume vol-1/,
    ],
    'a question was not answered': [
      (found) => ({ ...found, clean: true, errors: [{ type: 'volume', message: 'not authorized' }] }),
      'LAB_NOT_PROVEN',
      /nobody knows whether[^]*volume: not authorized/,
    ],
    'nothing was asked': [() => ({ clean: true, asked: [], errors: [] }), 'LAB_NOT_PROVEN', /nobody knows whether/],
    'it is clean and does not say so': [(found) => ({ ...found, clean: false }), 'LAB_NOT_PROVEN', /nobody knows whether/],
    'it could not be made': [
      () => {
        throw new TypeError('the answer is no JSON');
      },
      'LAB_NOT_PROVEN',
      /nobody knows whether[^]*the answer is no JSON/,
    ],
  };
  await up();
  for (const [about, [audit, code, text]] of Object.entries(audits)) {
    const result = await run('down', { audit });
    assert.deepEqual([result.status, result.code], [6, code], about);
    assert.match(result.message, text, about);
    const [told] = result.told.of('lab-audit');
    assert.equal(told?.clean, false, about);
    const [json, markdown] = told.report;
    assert.equal((JSON.parse(readFileSync(json!, 'utf8')) as { audit: LabAudit }).audit.clean, false, about);
    assert.match(readFileSync(markdown!, 'utf8'), /^# Lab class: (NOT gone|not proven to be gone)\n/, about);
    assert.ok((await readState('class')) !== undefined, about);
  }
  const gone = await run('down');
  assert.equal(gone.status, 0);
  assert.equal(gone.told.of('lab-audit')[0]?.clean, true);
  assert.equal((await run('down')).code, 'LAB_UNKNOWN');
});

test('down that fails ends with its own class, whatever the audit finds', async () => {
  await up();
  const at = (step: string) => {
    if (step === 'down: done') throw new OoError('THROTTLED', 'connection', 'too many requests');
  };
  const result = await run('down', { at });
  assert.deepEqual([result.status, result.code], [4, 'THROTTLED']);
  assert.ok((await readState('class')) !== undefined);
});

test('a report that cannot be written is refused before anything is taken away', async () => {
  await up();
  const result = await run('down', { argument: join(home, 'nowhere', 'gone') });
  assert.deepEqual([result.status, result.code], [2, 'LAB_REPORT_UNWRITABLE']);
  assert.equal(Object.keys(cloud.paper().hosts).length, 3);
  assert.equal((await run('down', { argument: join(home, 'gone.md') })).status, 0);
  assert.ok(existsSync(join(home, 'gone.md')) && existsSync(join(home, 'gone.json')));
});

test('status is 6 unless every host is healthy: one that is gone, stands still, is not reached or has no platform is not', async () => {
  await up();
  assert.equal((await run('status')).status, 0);
  const { hosts } = cloud.paper();
  const { 'ben-1': _gone, ...others } = hosts;
  cloud.change({ hosts: others });
  assert.equal((await run('status')).status, 6);
  cloud.change({ hosts: { ...hosts, 'ben-1': { ...hosts['ben-1']!, state: 'stopped' } } });
  assert.equal((await run('status')).status, 6);
  cloud.change({ hosts: { ...hosts, 'ben-1': { ...hosts['ben-1']!, hasPlatform: false } } });
  assert.equal((await run('status')).status, 6);
  cloud.change({ hosts });
  const unreached = await run('status', {
    at: (step) => {
      if (step === 'look: ben-1') throw new OoError('SSH_REFUSED', 'connection', 'nobody answers');
    },
  });
  assert.equal(unreached.status, 6);
  assert.deepEqual(
    unreached.told.of('lab-status')[0]?.hosts.map(({ healthy, reason }) => [healthy, reason]),
    [
      [true, ''],
      [false, 'nobody answers'],
      [true, ''],
    ],
  );
});

test('exec ends with the highest status of the program, or with that of a host that was not reached', async () => {
  await up();
  assert.equal((await run('exec', { argument: 'true 0' })).status, 0);
  const failed = await run('exec', { argument: 'grep 3' });
  assert.equal(failed.status, 3);
  assert.deepEqual(
    failed.told
      .of('log')
      .map(({ host, line }) => `${host}: ${line}`)
      .toSorted(),
    ['ana-1: grep on ana-1', 'ben-1: grep on ben-1', 'eve-1: grep on eve-1'],
  );
  const at = (step: string) => {
    if (step === 'exec: ben-1') throw new OoError('SSH_REFUSED', 'connection', 'nobody answers');
  };
  assert.equal((await run('exec', { argument: 'grep 77', at })).status, 4);
});

test('a lab that nobody knows, that is over, or at which another is at work', async () => {
  for (const command of ['down', 'extend', 'stop', 'start', 'status', 'exec'] as const) {
    const { status, code } = await run(command);
    assert.deepEqual([status, code], [2, 'LAB_UNKNOWN'], command);
  }
  await up();
  const opened = await openState('class', 'lab up');
  for (const command of ['down', 'extend', 'stop', 'start'] as const) {
    const { status, code } = await run(command);
    assert.deepEqual([status, code], [7, 'LAB_BUSY'], command);
  }
  assert.equal((await run('status')).status, 0);
  await opened.remember(() => ({ expires: '2020-01-01T00:00:00.000Z' }));
  await opened[Symbol.asyncDispose]();
  const over = await up();
  assert.deepEqual([over.status, over.code], [7, 'LAB_OVER']);
  assert.equal((await run('extend')).status, 0);
  assert.equal((await up()).status, 0);
});
