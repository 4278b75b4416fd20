import assert from 'node:assert/strict';
import { test } from 'node:test';
import { sizeOf } from '../../../../lib/platform/git/repository-sizes.ts';

test('a repository is as large as its loose objects, its packs and what was left of broken pushes', () => {
  const output = 'count: 3\nsize: 12\nin-pack: 400\npacks: 1\nsize-pack: 2048\nprune-packable: 0\ngarbage: 1\nsize-garbage: 4\n';
  assert.equal(sizeOf(output), (12 + 2048 + 4) * 1024);
  assert.equal(sizeOf(''), 0);
});
