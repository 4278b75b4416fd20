import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseEnvironment } from '../../../../../../lib/platform/builds/engine/source/environment-file.ts';
import { environmentOf } from '../../../../../../lib/platform/builds/engine/variables.ts';

test('lines are variables, comments are not, and the last value of a name counts', () => {
  const variables = parseEnvironment('# a comment\r\nA=1\r\n\nB = two words = x \nA=3', '.s2i/environment');
  assert.deepEqual(environmentOf(variables), ['A=3', 'B=two words = x']);
});

test('a line that is neither is told with its number', () => {
  const message = '.s2i/environment, line 2: "1A=b" is not NAME=VALUE';
  assert.throws(() => parseEnvironment('A=b\n1A=b', '.s2i/environment'), { message, code: 'FetchSourceFailed' });
  assert.throws(() => parseEnvironment('no equals', 'file'), /file, line 1/);
});
