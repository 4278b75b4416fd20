import assert from 'node:assert/strict';
import { tmpdir } from 'node:os';
import { test } from 'node:test';
import { git } from '../../../../lib/platform/apps/git-command.ts';

test('a git that was interrupted says so, and no more; another failure is told in its own words', async () => {
  const folder = tmpdir();
  const ending = new AbortController();
  const waiting = git(['cat-file', '--batch'], {
    folder,
    signal: ending.signal,
    env: { GIT_DIR: '/nonexistent', PATH: process.env.PATH! },
  });
  ending.abort();
  await assert.rejects(waiting, { code: 'APP_INTERRUPTED', message: 'interrupted', hint: /run the same command again/ });
  const { signal } = new AbortController();
  await assert.rejects(git(['rev-parse', '--verify', 'HEAD'], { folder: '/', signal }), {
    code: 'APP_GIT_FAILED',
    message: /not a git repository/,
  });
});
