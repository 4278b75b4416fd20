import assert from 'node:assert/strict';
import { test } from 'node:test';
import { checkKey, compareKeys, prefixEnd } from '../../../../lib/platform/storage/keys.ts';

test('keys compare as their UTF-8 bytes do', () => {
  const keys = [
    '',
    '/',
    '/a',
    '/a/',
    '/aa',
    '/\u007f',
    '/\u0080',
    '/\u07ff',
    '/\u0800',
    '/\ud7ff',
    '/\ue000',
    '/\uffff',
    '/\u{10000}',
    '/\u{10ffff}',
  ];
  for (const a of keys)
    for (const b of keys)
      assert.equal(Math.sign(compareKeys(a, b)), Buffer.compare(Buffer.from(a), Buffer.from(b)), `${a} and ${b}`);
});

test('the end of a prefix is the first key behind it', () => {
  assert.equal(prefixEnd('/registry/pods/'), '/registry/pods0');
  assert.equal(prefixEnd('a\ud7ff'), 'a\ue000');
  assert.equal(prefixEnd('a\u{10ffff}'), 'b');
  assert.equal(prefixEnd('\u{10ffff}'), undefined);
  assert.equal(prefixEnd(''), undefined);
});

test('a key must be text that UTF-8 can hold, without NUL', () => {
  checkKey('/registry/pods/default/a');
  for (const key of ['', '\0', 'a\0', '\udc00', '\ud800a']) assert.throws(() => checkKey(key), /invalid storage key/);
});
