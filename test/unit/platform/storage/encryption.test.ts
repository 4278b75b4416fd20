import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { test } from 'node:test';
import { OoError } from '../../../../lib/common/errors.ts';
import { encryptAgain, encryptedBackend } from '../../../../lib/platform/storage/encryption/encrypted-backend.ts';
import { type EncryptionKey, ValueCipher } from '../../../../lib/platform/storage/encryption/value-cipher.ts';
import { createMemoryBackend } from '../../../../lib/platform/storage/memory/memory-backend.ts';

const SECRETS = '/registry/core/secrets/';
const KEY = `${SECRETS}ns/a`;
const key = (name: string): EncryptionKey => ({ name, key: randomBytes(32) });
const bytes = (text: string): Buffer => Buffer.from(text);
const text = (value: Uint8Array | undefined): string => Buffer.from(value ?? []).toString();

test('what is below the prefix is not in the store, and everything else is as it was', async () => {
  const store = createMemoryBackend();
  const backend = encryptedBackend(store, [SECRETS], new ValueCipher([key('a')]));
  await backend.create(KEY, bytes('{"swordfish":1}'));
  await backend.create('/registry/core/configmaps/ns/a', bytes('{"plain":1}'));
  assert.equal(text((await backend.get(KEY)).item?.value), '{"swordfish":1}');
  assert.doesNotMatch(text((await store.get(KEY)).item?.value), /swordfish/);
  assert.equal(text((await store.get('/registry/core/configmaps/ns/a')).item?.value), '{"plain":1}');
  const lost = await backend.update(KEY, bytes('{}'), 1);
  assert.equal(lost.ok ? '' : text(lost.current?.value), '{"swordfish":1}', 'the loser of a race sees what is there');
  await store.close();
});

test('what was plain, or under a key before, is read, and encrypted again under the first key', async () => {
  const store = createMemoryBackend();
  const [old, next] = [key('old'), key('next')];
  await store.create(KEY, bytes('{"v":"plain"}'));
  await encryptedBackend(store, [SECRETS], new ValueCipher([old])).create(`${SECRETS}ns/b`, bytes('{"v":"old"}'));
  const rotated = new ValueCipher([next, old]);
  const values = async (cipher: ValueCipher): Promise<string[]> =>
    (await encryptedBackend(store, [SECRETS], cipher).list(SECRETS)).items.map(({ value }) => text(value));
  assert.deepEqual(await values(rotated), ['{"v":"plain"}', '{"v":"old"}']);
  assert.equal(await encryptAgain(store, [SECRETS], rotated), 2);
  assert.equal(await encryptAgain(store, [SECRETS], rotated), 0);
  assert.deepEqual(await values(new ValueCipher([next])), ['{"v":"plain"}', '{"v":"old"}'], 'the old key is needed no more');
  await store.close();
});

test('a value that is not this key’s is told of by the names of both', async () => {
  const store = createMemoryBackend();
  const first = key('first');
  const cipher = new ValueCipher([first]);
  await encryptedBackend(store, [SECRETS], cipher).create(KEY, bytes('{"v":1}'));
  const stored = (await store.get(KEY)).item!.value;
  const fails = (read: () => unknown, pattern: RegExp): void =>
    assert.throws(read, (error) => error instanceof OoError && pattern.test(error.message) && !error.message.includes('"v"'));
  fails(
    () => new ValueCipher([key('second')]).decrypt(KEY, stored),
    /secrets\/ns\/a is encrypted under the key first, which is not there/,
  );
  fails(() => new ValueCipher([key('first')]).decrypt(KEY, stored), /cannot be decrypted with the key first/);
  fails(() => cipher.decrypt(`${SECRETS}ns/other`, stored), /ns\/other cannot be decrypted/);
  const damaged = Buffer.from(stored);
  damaged[damaged.length - 20]! ^= 1;
  fails(() => cipher.decrypt(KEY, damaged), /cannot be decrypted/);
  fails(() => cipher.decrypt(KEY, stored.subarray(0, 24)), /cannot be decrypted/);
  await store.close();
});
