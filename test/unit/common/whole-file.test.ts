import assert from 'node:assert/strict';
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { replaceFile, writeNewFile } from '../../../lib/common/whole-file.ts';

const folder = mkdtempSync(join(tmpdir(), 'oo-whole-file-'));
after(() => rmSync(folder, { recursive: true }));

test('a file is replaced whole, with the rights that it is to have', async () => {
  const path = join(folder, 'a');
  await replaceFile(path, 'one', { mode: 0o644 });
  await replaceFile(path, [Buffer.from('two '), Buffer.from('parts')], { mode: 0o600 });
  assert.equal(readFileSync(path, 'utf8'), 'two parts');
  assert.equal(statSync(path).mode & 0o777, 0o600);
  assert.deepEqual(readdirSync(folder), ['a']);
});

test('what fails leaves the old file and nothing else', async () => {
  const path = join(folder, 'a');
  await assert.rejects(replaceFile(path, 'three', { mode: 0o600, owner: { uid: -2, gid: 0 } }));
  await assert.rejects(replaceFile(folder, 'four', { mode: 0o600, temporary: join(folder, 'b') }));
  assert.deepEqual([readFileSync(path, 'utf8'), readdirSync(folder)], ['two parts', ['a']]);
});

test('a file that is there is not written over, nor taken away', async () => {
  const path = join(folder, 'taken');
  writeFileSync(path, 'of somebody else');
  await assert.rejects(writeNewFile(path, 'x', { mode: 0o600 }), { code: 'EEXIST' });
  assert.equal(readFileSync(path, 'utf8'), 'of somebody else');
});
