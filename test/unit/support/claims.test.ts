import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { claim, claimNumber, inherit } from '../../support/claims.ts';

const base = mkdtempSync(join(tmpdir(), 'oo-test-claims-'));
after(() => rmSync(base, { recursive: true }));
/** Processes that have ended. */
const dead = (): number => spawnSync('true').pid;

test('a folder is claimed once, and nobody inherits from who lives', () => {
  const folder = join(base, 'once');
  assert.equal(claim(folder), true);
  assert.equal(claim(folder), false);
  assert.equal(inherit(folder), false);
});

test('of an owner that died one process inherits, and of a heir that died another one', () => {
  const folder = join(base, 'dead');
  claim(folder);
  const [owner, heir] = [dead(), dead()];
  writeFileSync(join(folder, 'owner'), String(owner));
  writeFileSync(join(folder, `heir-of-${owner}`), String(heir));
  assert.equal(inherit(folder), true);
  assert.equal(inherit(folder), false);
  // Who has made the folder, and not written yet who it is, is about to.
  writeFileSync(join(folder, 'owner'), '');
  assert.equal(inherit(folder), false);
  assert.equal(inherit(join(base, 'nowhere')), false);
});

test('numbers are given once; what is left behind is cleared away once, however many come for it', async () => {
  const numbers = join(base, 'numbers');
  const reaped: string[] = [];
  const take = (): Promise<number> =>
    claimNumber(numbers, 4, async (folder) => {
      reaped.push(...readdirSync(folder).filter((name) => name === 'left'));
      await new Promise((resolve) => setImmediate(resolve));
    });
  assert.equal(await take(), 0);
  writeFileSync(join(numbers, '0', 'owner'), String(dead()));
  writeFileSync(join(numbers, '0', 'left'), '');
  assert.deepEqual((await Promise.all([take(), take(), take()])).toSorted(), [0, 1, 2]);
  assert.deepEqual(reaped, ['left']);
  assert.equal(await take(), 3);
  await assert.rejects(take(), /all 4 numbers/);
});
