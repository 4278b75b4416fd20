import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { hashSync } from 'bcryptjs';
import { systemClock } from '../../../../../lib/common/clock.ts';
import { silentLog } from '../../../../../lib/common/log.ts';
import { followHtpasswd } from '../../../../../lib/platform/oauth/passwords/htpasswd-file.ts';
import { PasswordJudge } from '../../../../../lib/platform/oauth/passwords/password-judge.ts';

const folder = mkdtempSync(join(tmpdir(), 'oo-htpasswd-'));
after(() => rmSync(folder, { recursive: true }));

const follow = async (name: string, lines: readonly string[]) => {
  const path = join(folder, name);
  writeFileSync(path, lines.join('\n'));
  return followHtpasswd(path, systemClock, silentLog);
};

test('an unknown name is judged by the hash of somebody in the file, always the same one, and is never right', async () => {
  const hashes = ['wonder', 'builder', 'many'].map((password) => hashSync(password, 4));
  const file = await follow(
    'users',
    hashes.map((hash, n) => `user${n}:${hash}`),
  );
  assert.equal(await file.hashOf('user1'), hashes[1]);
  const decoys = Array.from({ length: 200 }, (_, n) => file.decoyOf(`nobody${n}`));
  assert.deepEqual(
    decoys,
    Array.from({ length: 200 }, (_, n) => file.decoyOf(`nobody${n}`)),
  );
  assert.deepEqual(new Set(decoys), new Set(hashes));

  using judge = new PasswordJudge();
  assert.equal(await judge.judge('builder', await file.hashOf('user1'), file.decoyOf('user1')), 'right');
  for (const decoy of hashes) assert.equal(await judge.judge('builder', await file.hashOf('nobody'), decoy), 'wrong');
});

test('an empty file knows nobody, and has no decoy', async () => {
  const file = await follow('empty', ['']);
  assert.deepEqual([await file.hashOf('ann'), file.decoyOf('ann')], [undefined, undefined]);
});
