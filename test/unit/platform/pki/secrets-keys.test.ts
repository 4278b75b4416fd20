import assert from 'node:assert/strict';
import { chmodSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { test } from 'node:test';
import { ensureSecretsKeys, parseSecretsKeys, rotateSecretsKey } from '../../../../lib/platform/pki/secrets-keys.ts';
import { pkiFolder } from './pki-folder.ts';

test('the file is made once, for its owner alone, and a rotation puts a new key first', async () => {
  using folder = pkiFolder();
  const path = join(folder.dir, 'secrets.key');
  const [made] = await ensureSecretsKeys(path);
  assert.equal(made.key.length, 32);
  assert.equal(statSync(path).mode & 0o777, 0o600);
  assert.deepEqual(await ensureSecretsKeys(path), [made]);
  assert.deepEqual(await rotateSecretsKey(path), [made.name]);
  const [next, ...others] = await ensureSecretsKeys(path);
  assert.notEqual(next.name, made.name);
  assert.deepEqual(others, [made]);
});

test('a file that others may read is closed to them', async () => {
  using folder = pkiFolder();
  const path = join(dirname(folder.dir), 'secrets.key');
  await ensureSecretsKeys(path);
  chmodSync(path, 0o644);
  await ensureSecretsKeys(path);
  assert.equal(statSync(path).mode & 0o777, 0o600);
});

test('a file that is wrong is refused by its line, without a word of what is on it', async () => {
  const good = `a ${Buffer.alloc(32, 1).toString('base64')}\n`;
  for (const [text, line] of [
    ['', 1],
    ['hunter2\n', 1],
    [`${good}a ${Buffer.alloc(32, 2).toString('base64')}\n`, 2],
    [`b ${Buffer.alloc(16, 2).toString('base64')}\n`, 1],
  ] as const)
    assert.throws(
      () => parseSecretsKeys(text, '/k'),
      (error: Error) => error.message === `/k, line ${line}: not a name of its own and 32 bytes in base64`,
    );
  using folder = pkiFolder();
  const path = join(dirname(folder.dir), 'secrets.key');
  writeFileSync(path, 'broken\n');
  await assert.rejects(rotateSecretsKey(path));
  assert.equal(readFileSync(path, 'utf8'), 'broken\n', 'nothing was changed');
});
