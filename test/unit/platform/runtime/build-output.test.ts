import assert from 'node:assert/strict';
import { test } from 'node:test';
import { BuildOutput } from '../../../../lib/platform/runtime/build-output.ts';

/** The lines of a build that said these pieces. */
function linesOf(pieces: Iterable<string>): string[] {
  const lines: string[] = [];
  const output = new BuildOutput((line) => void lines.push(line));
  for (const piece of pieces) output.write(piece);
  output.end();
  return lines;
}

test('lines are put together of pieces, without the colours of the builder', () => {
  assert.deepEqual(linesOf(['Step 1', '/2 : FROM a\n ---> 1b', '2c\n\n', '\u001B[91mwarning\u001B[0m\n', 'the end']), [
    'Step 1/2 : FROM a',
    ' ---> 1b2c',
    '',
    'warning',
    'the end',
  ]);
  assert.deepEqual(linesOf([]), []);
});

test('a line that never ends is told in parts, and is not kept', () => {
  let told = 0;
  const output = new BuildOutput((line) => {
    assert.ok(line.length <= 16_384);
    told += line.length;
  });
  const piece = 'x'.repeat(50_000);
  for (let i = 1; i <= 1000; i++) {
    output.write(piece);
    assert.ok(i * piece.length - told < 16_384);
  }
  output.end();
  assert.equal(told, 1000 * piece.length);
});
