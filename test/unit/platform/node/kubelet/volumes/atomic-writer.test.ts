import assert from 'node:assert/strict';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, readlinkSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, it } from 'node:test';
import {
  checkPayloadPath,
  type Payload,
  writeAtomically,
} from '../../../../../../lib/platform/node/kubelet/volumes/atomic-writer.ts';

const own = () => Promise.resolve();
const payload = (files: Record<string, string>, mode = 0o644): Payload =>
  new Map(Object.entries(files).map(([path, text]) => [path, { data: Buffer.from(text), mode }]));

describe('writeAtomically', () => {
  /** A level up is the test's own too: what escaped is looked for there. */
  let around: string;
  let dir: string;
  beforeEach(() => {
    around = mkdtempSync(join(tmpdir(), 'oo-volume-'));
    dir = join(around, 'volume');
    mkdirSync(dir);
  });
  afterEach(() => rmSync(around, { recursive: true }));
  const visible = () =>
    readdirSync(dir)
      .filter((name) => !name.startsWith('..'))
      .sort();

  it('shows files through ..data, with their modes', async () => {
    assert.equal(await writeAtomically(dir, payload({ a: 'A', 'deep/er/b': 'B' }, 0o400), own), true);
    assert.deepEqual(visible(), ['a', 'deep']);
    assert.equal(readlinkSync(join(dir, 'a')), '..data/a');
    assert.equal(readFileSync(join(dir, 'deep/er/b'), 'utf8'), 'B');
    assert.equal(statSync(join(dir, 'a')).mode & 0o777, 0o400);
  });

  it('changes nothing when nothing has changed', async () => {
    await writeAtomically(dir, payload({ a: 'A' }), own);
    const before = readlinkSync(join(dir, '..data'));
    assert.equal(await writeAtomically(dir, payload({ a: 'A' }), own), false);
    assert.equal(readlinkSync(join(dir, '..data')), before);
  });

  it('replaces, adds and removes at once, and leaves no old folder', async () => {
    await writeAtomically(dir, payload({ a: 'A', 'old/x': 'X' }), own);
    await writeAtomically(dir, payload({ a: 'A2', b: 'B' }), own);
    assert.deepEqual(visible(), ['a', 'b']);
    assert.equal(readFileSync(join(dir, 'a'), 'utf8'), 'A2');
    assert.equal(readdirSync(dir).filter((name) => name.startsWith('..2')).length, 1);
  });

  it('keeps the old files when the new ones cannot be made ready', async () => {
    await writeAtomically(dir, payload({ a: 'A' }), own);
    await assert.rejects(writeAtomically(dir, payload({ a: 'A2' }), () => Promise.reject(new Error('no'))));
    assert.equal(readFileSync(join(dir, 'a'), 'utf8'), 'A');
    assert.equal(readdirSync(dir).filter((name) => name.startsWith('..2')).length, 1);
  });

  it('never writes outside its folder', async () => {
    for (const path of ['', '/etc/x', '../x', 'a/../../x', '..x/y']) {
      assert.throws(() => checkPayloadPath(path), /^Error: invalid path/, path);
      await assert.rejects(writeAtomically(dir, payload({ [path]: 'x' }), own));
    }
    assert.equal(existsSync(join(dir, '..', 'x')), false);
    assert.doesNotThrow(() => checkPayloadPath('a..b/c'));
  });
});
