import assert from 'node:assert/strict';
import { test } from 'node:test';
import { treeFile } from '../../../../lib/installer/agent/place-tree.ts';

const accepts = (more: object) =>
  treeFile.safeParse({ path: 'bin/node', mode: 0o644, sha256: 'a'.repeat(64), size: 1, source: '/x', ...more }).success;

test('a path stays below its folder', () => {
  for (const path of ['a', 'bin/node', '.hidden/..x', 'a b/c...', 'x/.y']) assert.ok(accepts({ path }), path);
  for (const path of [
    '',
    '/a',
    'a/',
    'a//b',
    '.',
    '..',
    'a/..',
    '../a',
    'a/../b',
    './a',
    'a\n/../../../etc/cron.d/x',
    'a\0b',
    'a\u001bb',
  ])
    assert.ok(!accepts({ path }), JSON.stringify(path));
});

test('a hash is a hash, since it becomes a path', () => {
  for (const sha256 of ['../../../.ssh/id_ed25519', 'a'.repeat(63), 'A'.repeat(64), `${'a'.repeat(64)}\n`, ''])
    assert.ok(!accepts({ sha256 }), JSON.stringify(sha256));
});
