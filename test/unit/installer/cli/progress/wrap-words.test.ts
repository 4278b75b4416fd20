import assert from 'node:assert/strict';
import { test } from 'node:test';
import { padEnd, truncateEnd, truncateMiddle } from '../../../../../lib/installer/cli/progress/cell-width.ts';
import { colours } from '../../../../../lib/installer/cli/progress/event-text.ts';
import { wrapWords } from '../../../../../lib/installer/cli/progress/wrap-words.ts';

test('long lines break between words and keep their indentation', () => {
  assert.equal(wrapWords('  one two three four five', 20), '  one two three\n    four five');
  assert.equal(
    wrapWords(`${colours.bad('error:')} ${'word '.repeat(4).trim()}`, 22),
    `${colours.bad('error:')} word word\n  word word`,
  );
  assert.equal(wrapWords('as it is,\n\n  however  spaced', 80), 'as it is,\n\n  however  spaced');
});

test('a question keeps the blank behind it, also when it is wrapped', () => {
  assert.equal(wrapWords('Remove everything from web1? [y/N] ', 24), 'Remove everything from\n  web1? [y/N] ');
});

test('a word that is longer than a line stays whole on a line of its own', () => {
  const fingerprint = `SHA256:${'x'.repeat(43)}`;
  assert.deepEqual(wrapWords(`the key is ${fingerprint} today`, 40).split('\n'), ['the key is', `  ${fingerprint}`, '  today']);
});

test('cells are counted as terminals do: wide characters take two, marks none', () => {
  assert.deepEqual(
    [truncateEnd('日本語', 5, '…'), truncateEnd('abc', 3, '…'), truncateEnd('abcd', 3, '~'), truncateEnd('x', 0, '…')],
    ['日本…', 'abc', 'ab~', ''],
  );
  assert.deepEqual([padEnd('日本', 6), padEnd('e\u0301', 2)], ['日本  ', 'e\u0301 ']);
  assert.equal(truncateMiddle('worker-eu-central-1a-07.example.com', 16, '…'), 'worker-e…ple.com');
});
