import assert from 'node:assert/strict';
import { test } from 'node:test';
import { padEnd, truncateEnd, truncateMiddle } from '../../../../../lib/installer/cli/progress/cell-width.ts';

test('cells are counted as terminals do: wide characters take two, marks none', () => {
  assert.deepEqual(
    [truncateEnd('日本語', 5, '…'), truncateEnd('abc', 3, '…'), truncateEnd('abcd', 3, '~'), truncateEnd('x', 0, '…')],
    ['日本…', 'abc', 'ab~', ''],
  );
  assert.deepEqual([padEnd('日本', 6), padEnd('e\u0301', 2)], ['日本  ', 'e\u0301 ']);
  assert.equal(truncateMiddle('worker-eu-central-1a-07.example.com', 16, '…'), 'worker-e…ple.com');
});
