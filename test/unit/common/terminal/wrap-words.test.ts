import assert from 'node:assert/strict';
import { test } from 'node:test';
import { styleText } from 'node:util';
import { wrapWords } from '../../../../lib/common/terminal/wrap-words.ts';

const red = styleText('red', 'error:', { validateStream: false });

test('long lines break between words and keep their indentation', () => {
  assert.equal(wrapWords('  one two three four five', 20), '  one two three\n    four five');
  assert.equal(wrapWords(`${red} ${'word '.repeat(4).trim()}`, 22), `${red} word word\n  word word`);
  assert.equal(wrapWords('as it is,\n\n  however  spaced', 80), 'as it is,\n\n  however  spaced');
});

test('a question keeps the blank behind it, also when it is wrapped', () => {
  assert.equal(wrapWords('Remove everything from web1? [y/N] ', 24), 'Remove everything from\n  web1? [y/N] ');
});

test('a word that is longer than a line stays whole on a line of its own', () => {
  const fingerprint = `SHA256:${'x'.repeat(43)}`;
  assert.deepEqual(wrapWords(`the key is ${fingerprint} today`, 40).split('\n'), ['the key is', `  ${fingerprint}`, '  today']);
});
