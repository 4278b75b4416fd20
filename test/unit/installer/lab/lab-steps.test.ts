import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, beforeEach, test } from 'node:test';
import { OoError } from '../../../../lib/common/errors.ts';
import { readState, stateHome } from '../../../../lib/installer/lab/state/state-folder.ts';
import { paperCloud } from '../../../support/lab/paper-cloud.ts';
import { type PaperCommand, type PaperResult, runOnPaper } from '../../../support/lab/paper-lab.ts';
import { setEnvironment } from '../../../support/set-environment.ts';

// Every step of every command fails, or has Ctrl-C pressed before it: the same command, run again, ends well.

const home = mkdtempSync(join(tmpdir(), 'oo-test-'));
after(() => rmSync(home, { recursive: true, force: true }));
setEnvironment({ XDG_STATE_HOME: home });
const folder = join(home, 'cloud');
const cloud = paperCloud({ folder });
beforeEach(startAnew);

function startAnew(): void {
  rmSync(folder, { recursive: true, force: true });
  rmSync(stateHome(), { recursive: true, force: true });
  mkdirSync(folder);
}

const three = 'attendees: [ana, ben, eve]';
/** One who goes, one who comes, and one with another key. */
const changed = 'attendees: [ana, { name: ben, publicKey: ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIGX0Z2x1 }, tom]';
const up = (argument = three) => runOnPaper('up', { folder, argument });

/** Names of the steps that a command takes from here. */
async function stepsOf(command: PaperCommand, argument?: string): Promise<readonly string[]> {
  const steps: string[] = [];
  await runOnPaper(command, { folder, ...(argument === undefined ? {} : { argument }), at: (step) => steps.push(step) });
  return steps;
}

const broken = () => new OoError('CLOUD_BROKEN', 'connection', 'the cloud does not answer');
const faults = {
  fails: {
    at: () => {
      throw broken();
    },
    status: 4,
  },
  interrupted: { at: (abort: () => void) => abort(), status: 130 },
} as const;

/** Runs a command from the same beginning as often as it has steps, and each time something else goes wrong; `judge` is told how it ended. */
async function atEveryStep(
  begin: () => Promise<unknown>,
  command: PaperCommand,
  argument: string | undefined,
  judge: (result: PaperResult, step: string) => void | Promise<void>,
): Promise<void> {
  startAnew();
  await begin();
  const steps = await stepsOf(command, argument);
  assert.ok(steps.length >= 4, String(steps));
  for (const step of new Set(steps)) {
    for (const [name, fault] of Object.entries(faults)) {
      startAnew();
      await begin();
      let isDone = false;
      const at = (now: string, abort: () => void) => {
        if (now !== step || isDone) return;
        isDone = true;
        fault.at(abort);
      };
      const result = await runOnPaper(command, { folder, at, ...(argument === undefined ? {} : { argument }) });
      // An audit that cannot be made is one that proves nothing.
      const expected = step.startsWith('audit') && name === 'fails' ? 6 : fault.status;
      assert.equal(result.status, expected, `${step} ${name}: ${result.code} ${result.message}`);
      await judge(result, `${step} ${name}`);
    }
  }
}

/** The cloud has these hosts, all of them running with a platform, and the state knows their keys. */
async function assertUp(names: readonly string[], about: string): Promise<void> {
  const { hosts, network } = cloud.paper();
  assert.ok(network, about);
  assert.deepEqual(Object.keys(hosts).toSorted(), names, about);
  for (const host of Object.values(hosts)) assert.deepEqual([host.state, host.hasPlatform], ['running', true], about);
  const { hostKeys, attendees } = (await readState('class'))!;
  assert.deepEqual(hostKeys, Object.fromEntries(Object.values(hosts).map(({ id }) => [id, [`SHA256:${id}`]])), about);
  for (const { attendee, key } of Object.values(hosts))
    assert.equal(key, attendees.find(({ name }) => name === attendee)!.key.publicKey, about);
}

test('up that failed or was interrupted anywhere is finished by the same command, and makes no host twice', async () => {
  await atEveryStep(
    async () => undefined,
    'up',
    three,
    async (_result, step) => {
      assert.equal((await up()).status, 0, step);
      await assertUp(['ana-1', 'ben-1', 'eve-1'], step);
      assert.equal(cloud.paper().made, 3, step);
      assert.equal((await runOnPaper('status', { folder })).status, 0, step);
    },
  );
});

test('so is one that takes away, replaces and adds', async () => {
  await atEveryStep(up, 'up', changed, async (_result, step) => {
    assert.equal((await up(changed)).status, 0, step);
    await assertUp(['ana-1', 'ben-1', 'tom-1'], step);
    assert.equal(cloud.paper().made, 5, step);
  });
});

test('down that failed or was interrupted anywhere never says that nothing is left, keeps the state, and is finished by the same command', async () => {
  await atEveryStep(up, 'down', undefined, async ({ told }, step) => {
    const audits = told.of('lab-audit');
    const { network, hosts } = cloud.paper();
    if (network || Object.keys(hosts).length > 0)
      assert.ok(
        audits.every(({ clean }) => !clean),
        step,
      );
    assert.ok((await readState('class')) !== undefined, step);
    const again = await runOnPaper('down', { folder });
    assert.equal(again.status, 0, `${step}: ${again.message}`);
    assert.deepEqual(
      again.told.of('lab-audit').map(({ clean }) => clean),
      [true],
      step,
    );
    assert.deepEqual([cloud.paper().network, cloud.paper().hosts], [false, {}], step);
    assert.deepEqual(readdirSync(join(stateHome(), 'labs')), [], step);
  });
});

test('extend that was cut off anywhere is finished by the same command, and moves the end once', async () => {
  await atEveryStep(up, 'extend', undefined, async ({ told }, step) => {
    const { firstExpires, ...before } = (await readState('class'))!;
    const hosts = Object.values(cloud.paper().hosts);
    // One host that fails alone does not hold the others back: it is told the next time that the lab is put up.
    const onlyHost = told.of('failed').length > 0 && before.expires !== firstExpires;
    const again = await (onlyHost ? up() : runOnPaper('extend', { folder }));
    assert.equal(again.status, 0, `${step}: ${again.message}`);
    const state = (await readState('class'))!;
    assert.equal(Date.parse(state.expires) - Date.parse(firstExpires), 2 * 3_600_000, step);
    assert.equal(cloud.paper().end, state.expires, step);
    assert.equal(hosts.length, 3);
    for (const { end } of Object.values(cloud.paper().hosts)) assert.equal(end, state.expires, step);
  });
});

test('stop and start that were cut off anywhere are finished by the same command', async () => {
  const stopped = async () => {
    await up();
    await runOnPaper('stop', { folder });
  };
  const states = () => Object.values(cloud.paper().hosts).map(({ state }) => state);
  await atEveryStep(up, 'stop', undefined, async (_result, step) => {
    assert.equal((await runOnPaper('stop', { folder })).status, 0, step);
    assert.deepEqual(states(), ['stopped', 'stopped', 'stopped'], step);
  });
  await atEveryStep(stopped, 'start', undefined, async (_result, step) => {
    assert.equal((await runOnPaper('start', { folder })).status, 0, step);
    assert.deepEqual(states(), ['running', 'running', 'running'], step);
  });
});

test('a state that cannot be written is told as that, at each time that it is written, and the same command goes on later', async () => {
  const labs = join(stateHome(), 'labs');
  // Where the state is written before it gets its name: a folder is in the way, as a full disk would be.
  const inTheWay = join(labs, 'class', '.lab.json.oo-install');
  const block = () => mkdirSync(join(inTheWay, 'x'), { recursive: true, mode: 0o700 });
  const steps = await stepsOf('up', three);
  const writes = ['plan: hosts', ...steps.filter((step) => /up: (network|make|done)/.test(step))];
  assert.ok(writes.length >= 6, String(writes));
  for (const write of writes) {
    startAnew();
    const at = (step: string) => (step === write ? block() : undefined);
    const result = await runOnPaper('up', { folder, argument: three, at });
    assert.deepEqual([result.status, result.code], [7, 'LAB_STATE_UNWRITABLE'], `${write}: ${result.message}`);
    assert.match(result.message, /class\/lab\.json cannot be written: /);
    rmSync(inTheWay, { recursive: true });
    assert.equal((await up()).status, 0, write);
    await assertUp(['ana-1', 'ben-1', 'eve-1'], write);
    assert.equal(cloud.paper().made, 3, write);
  }
});
