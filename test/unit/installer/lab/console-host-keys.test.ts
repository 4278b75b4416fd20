import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { test } from 'node:test';
import { publishedHostKeys } from '../../../../lib/installer/lab/console-host-keys.ts';
import { makeKeyPair } from '../../../../lib/installer/lab/state/key-pair.ts';

const keys = [makeKeyPair('root@ana-1'), makeKeyPair('root@ana-1')].map(({ publicKey }) => publicKey);
/** ssh-keygen(1), -l: SHA256 of the blob, base64 without padding. */
const fingerprintOf = (line: string): string =>
  `SHA256:${createHash('sha256')
    .update(Buffer.from(line.split(' ')[1]!, 'base64'))
    .digest('base64')
    .replace('=', '')}`;
const block = (...lines: readonly string[]): string =>
  ['-----BEGIN SSH HOST KEY KEYS-----', ...lines, '-----END SSH HOST KEY KEYS-----', ''].join('\r\n');

test('what a console shows between its marks is told as ssh-keygen tells it', () => {
  const console = `[  OK  ] Started ssh.service\r\nci-info: no\r\n${block(keys[0]!)}ana-1 login: `;
  assert.deepEqual(publishedHostKeys(console), [fingerprintOf(keys[0]!)]);
});

test('cloud-init puts its name before a line on some systems', () => {
  assert.deepEqual(publishedHostKeys(block(`cloud-init[312]:${keys[0]!}`)), [fingerprintOf(keys[0]!)]);
});

test('the last whole block counts: a host that was made anew has other keys', () => {
  assert.deepEqual(publishedHostKeys(block(keys[0]!) + block(keys[1]!)), [fingerprintOf(keys[1]!)]);
});

test('a block that is not whole yet is none, and one before it still counts', () => {
  const half = block(keys[1]!).split('-----END')[0]!;
  assert.deepEqual(publishedHostKeys(half), []);
  assert.deepEqual(publishedHostKeys(block(keys[0]!) + half), [fingerprintOf(keys[0]!)]);
  assert.deepEqual(publishedHostKeys(''), []);
});
