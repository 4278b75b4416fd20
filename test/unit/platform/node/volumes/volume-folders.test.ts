import assert from 'node:assert/strict';
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, test } from 'node:test';
import { VolumeFolders } from '../../../../../lib/platform/node/volumes/volume-folders.ts';

const NAME = 'pvc-3b8f5f1a-4716-4735-a45c-32d9211d3df7';
const never = new AbortController().signal;
let dir: string;
let folders: VolumeFolders;
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'oo-folders-'));
  folders = new VolumeFolders(join(dir, 'volumes'));
});
afterEach(() => rmSync(dir, { recursive: true, force: true }));
const mode = (path: string): number => statSync(path).mode & 0o7777;

for (const name of ['', '.', '..', '../etc', `${NAME}/..`, `/${NAME}`, `${NAME}\0`, 'pvc-x', NAME.toUpperCase(), `${NAME}\n`])
  test(`${JSON.stringify(name)} never becomes part of a path`, async () => {
    for (const call of [() => folders.ensure(name), () => folders.remove(name, never)])
      await assert.rejects(call, /is not the name of a local volume/);
    assert.equal(existsSync(join(dir, 'volumes')), false);
  });

test('a folder is for every user of its pods, below one that is for nobody else; what they make of it stays', async () => {
  const path = await folders.ensure(NAME);
  assert.equal(path, join(dir, 'volumes', NAME));
  assert.deepEqual([mode(path), mode(join(dir, 'volumes'))], [0o777, 0o700]);
  chmodSync(path, 0o750);
  await folders.ensure(NAME);
  assert.equal(mode(path), 0o750);
  // Made, and the machine went down before it was opened.
  chmodSync(path, 0o700);
  await folders.ensure(NAME);
  assert.equal(mode(path), 0o777);
});

test('what stands in its place is no folder of ours', async () => {
  mkdirSync(folders.root);
  mkdirSync(join(dir, 'other'), { mode: 0o700 });
  symlinkSync(join(dir, 'other'), folders.path(NAME));
  await assert.rejects(folders.ensure(NAME), /is not a folder/);
  assert.equal(mode(join(dir, 'other')), 0o700);
  rmSync(folders.path(NAME));
  writeFileSync(folders.path(NAME), '');
  await assert.rejects(folders.ensure(NAME), /is not a folder/);
});

test('removes all that is in it, follows no link, and is content when nothing is there', async () => {
  writeFileSync(join(dir, 'mine'), 'mine');
  const path = await folders.ensure(NAME);
  symlinkSync('..', join(path, 'up'));
  symlinkSync(join(dir, 'mine'), join(path, 'file'));
  let deep = path;
  for (let n = 0; n < 30; n++) mkdirSync((deep = join(deep, 'x'.repeat(100))));
  assert.deepEqual(await folders.list(), [NAME]);
  await folders.remove(NAME, never);
  await folders.remove(NAME, never);
  assert.deepEqual(await folders.list(), []);
  assert.equal(readFileSync(join(dir, 'mine'), 'utf8'), 'mine');
});

test('a link in its place goes, what it leads to stays', async () => {
  mkdirSync(folders.root);
  mkdirSync(join(dir, 'other'));
  writeFileSync(join(dir, 'other', 'file'), 'mine');
  symlinkSync(join(dir, 'other'), folders.path(NAME));
  await folders.remove(NAME, never);
  assert.equal(readFileSync(join(dir, 'other', 'file'), 'utf8'), 'mine');
});
