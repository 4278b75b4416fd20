import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { fileLockHolder, holderOf } from '../../../../lib/installer/agent/packages/file-locks.ts';
import { eventually } from '../../../support/eventually.ts';

const locks = `1: POSIX  ADVISORY  WRITE 26368 00:27:2082739 0 EOF
2: FLOCK  ADVISORY  WRITE 14150 fe:00:2146620 0 EOF
2: -> FLOCK  ADVISORY  WRITE 6999 fe:00:2146621 0 EOF
4: OFDLCK ADVISORY  READ -1 00:06:3 0 EOF
`;

test('the holder of a lock is told by the inode; who waits, or only reads, holds none', () => {
  assert.equal(holderOf(locks, new Set(['2082739'])), '26368');
  assert.equal(holderOf(locks, new Set(['9', '2146620'])), '14150');
  for (const inode of ['2146621', '3', '27', '']) assert.equal(holderOf(locks, new Set([inode])), undefined, inode);
});

test('a lock that another program really holds is found, with its name, and is gone with it', async () => {
  const dir = mkdtempSync(join(tmpdir(), 'oo-locks-'));
  const path = join(dir, 'lock');
  writeFileSync(path, '');
  const holder = spawn('flock', ['--no-fork', path, 'sleep', '60'], { stdio: 'ignore' });
  const missing = join(dir, 'none');
  await eventually(async () => {
    assert.match(
      (await fileLockHolder([missing, path])) ?? '',
      new RegExp(`/(flock|sleep|busybox|coreutils) \\(process ${holder.pid}\\)$`),
    );
  });
  holder.kill();
  await eventually(async () => assert.equal(await fileLockHolder([missing, path]), undefined));
  rmSync(dir, { recursive: true });
});
