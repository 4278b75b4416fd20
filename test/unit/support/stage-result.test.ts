import assert from 'node:assert/strict';
import { test } from 'node:test';
import { inspect } from 'node:util';
import { errorLines } from '../../support/stage-result.ts';

test('a failed test says in the summary what differs, without its stack', () => {
  const error = new assert.AssertionError({ actual: { a: 1 }, expected: { a: 2 }, operator: 'deepStrictEqual' });
  const lines = errorLines(inspect(error));
  assert.match(lines[0] ?? '', /^AssertionError \[ERR_ASSERTION\]: Expected values to be strictly deep-equal/);
  assert.ok(lines.includes('-   a: 2'), lines.join('\n'));
  assert.ok(!lines.some((line) => line.includes('stage-result.test.ts')), lines.join('\n'));
});

test('long errors are cut', () => {
  const lines = errorLines(Array.from({ length: 20 }, () => 'x'.repeat(1000)).join('\n'));
  assert.deepEqual(lines, Array(8).fill('x'.repeat(300)));
});

test('a message of many lines, such as what a command printed, keeps its end, where it says why', () => {
  const message = Array.from({ length: 40 }, (_each, i) => `line ${i}`).join('\n');
  const error = new assert.AssertionError({ message });
  const lines = errorLines(inspect(error), error.message);
  assert.deepEqual(lines.slice(0, 4), ['line 0', 'line 1', 'line 2', '…']);
  assert.deepEqual(lines.slice(-2), ['line 38', 'line 39']);
  assert.equal(lines.length, 16);
});
