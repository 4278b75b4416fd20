import assert from 'node:assert/strict';
import { test } from 'node:test';
import { globFiles } from '../../../../lib/installer/config/file-glob.ts';
import { configFiles } from '../../../support/config-files.ts';

test('patterns name what glob(7) says, sorted', async () => {
  await using files = await configFiles({
    'b.conf': '',
    'a.conf': '',
    'a.txt': '',
    '.c.conf': '',
    'd1/x': '',
    'd2/x': '',
    '[z]': '',
  });
  const glob = async (pattern: string) =>
    (await globFiles(files.path(pattern))).map((path) => path.slice(files.folder.length + 1));
  const table: readonly (readonly [string, string[]])[] = [
    ['*.conf', ['a.conf', 'b.conf']],
    ['.*.conf', ['.c.conf']],
    ['?.txt', ['a.txt']],
    ['[a-b].conf', ['a.conf', 'b.conf']],
    ['[!a].conf', ['b.conf']],
    ['d?/x', ['d1/x', 'd2/x']],
    ['d*/absent', ['d1/absent', 'd2/absent']],
    ['absent/*', []],
    ['absent', ['absent']],
    ['\\[z\\]', ['[z]']],
    ['*', ['[z]', 'a.conf', 'a.txt', 'b.conf', 'd1', 'd2']],
  ];
  for (const [pattern, expected] of table) assert.deepEqual((await glob(pattern)).sort(), expected, pattern);
});
