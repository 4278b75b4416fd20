import assert from 'node:assert/strict';
import { test } from 'node:test';
import { oncePer } from '../../../lib/installer/supplies.ts';

test('what all hosts share is made once for each architecture, and a failure is the same for everybody', async () => {
  const made: string[] = [];
  const make = oncePer(async (arch: string) => {
    made.push(arch);
    if (arch === 'bad') throw new Error(`no ${arch}`);
    return { arch };
  });
  const [a, b, c] = await Promise.all([make('amd64'), make('arm64'), make('amd64')]);
  assert.deepEqual([a === c, b.arch, made], [true, 'arm64', ['amd64', 'arm64']]);
  for (let turn = 0; turn < 2; turn++) await assert.rejects(make('bad'), /no bad/);
  assert.equal(made.length, 3);
});
