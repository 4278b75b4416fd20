import assert from 'node:assert/strict';
import { test } from 'node:test';
import { cellWidth, truncateEnd, truncateMiddle } from '../../../../../lib/installer/cli/progress/cell-width.ts';
import { colours } from '../../../../../lib/installer/cli/progress/event-text.ts';
import { LiveRegion } from '../../../../../lib/installer/cli/progress/live-region.ts';
import { wrapWords } from '../../../../../lib/installer/cli/progress/wrap-words.ts';
import { FakeScreen } from '../../../../support/fake-screen.ts';

const plain = (...texts: string[]) => texts.map((text) => [{ text }]);

test('a region is drawn in place: it grows, changes and shrinks below what is there', () => {
  const screen = new FakeScreen();
  const region = new LiveRegion(screen);
  screen.write('$ oo-install\n');
  region.draw(plain('one', 'two'));
  region.draw(plain('one', 'TWO', 'three'));
  assert.deepEqual(screen.lines, ['$ oo-install', 'one', 'TWO', 'three']);
  region.draw(plain('ONE'));
  assert.deepEqual(screen.lines, ['$ oo-install', 'ONE']);
  assert.equal(screen.cursorIsShown, false);
  region.end();
  assert.equal(screen.cursorIsShown, true);
  screen.write('after\n');
  assert.deepEqual(screen.lines, ['$ oo-install', 'ONE', 'after']);
});

test('what has not changed is not written again', () => {
  const screen = new FakeScreen();
  const region = new LiveRegion(screen);
  region.draw(plain('one', 'two'));
  const before = screen.writes;
  region.draw(plain('one', 'two'));
  assert.equal(screen.writes, before);
  region.draw(plain('one', '2'));
  assert.equal(screen.writes, before + 1);
});

test('lines never wrap, and there are never more than the terminal has room for', () => {
  const screen = new FakeScreen(40, 6);
  const region = new LiveRegion(screen);
  region.draw([
    [
      { text: 'x'.repeat(30), paint: colours.good },
      { text: 'y'.repeat(30), paint: colours.dim },
    ],
    ...plain(...'abcdefgh'),
  ]);
  assert.deepEqual(screen.lines, [`${'x'.repeat(30)}${'y'.repeat(8)}…`, 'a', 'b', 'c', 'd']);
});

test('lines above stay there, and a question finds room while it is paused', () => {
  const screen = new FakeScreen();
  const region = new LiveRegion(screen);
  region.draw(plain('working'));
  region.above(() => screen.write('note\n'));
  region.pause();
  assert.deepEqual([screen.lines, screen.cursorIsShown], [['note'], true]);
  region.draw(plain('still working'));
  screen.write('Password: \n');
  region.resume();
  assert.deepEqual([screen.lines, screen.cursorIsShown], [['note', 'Password:', 'still working'], false]);
});

test('a terminal that gets narrower is drawn anew', () => {
  const screen = new FakeScreen(80, 24);
  const region = new LiveRegion(screen);
  region.draw(plain('a'.repeat(60)));
  screen.resize(60, 24);
  assert.equal(screen.lines.at(-1), `${'a'.repeat(58)}…`);
});

test('cells are counted as terminals do: wide characters take two, marks none', () => {
  assert.deepEqual(['abc', '日本', 'e\u0301', '🚀', ''].map(cellWidth), [3, 4, 1, 2, 0]);
  assert.deepEqual(
    [truncateEnd('日本語', 5), truncateEnd('abc', 3), truncateEnd('abcd', 3), truncateEnd('x', 0)],
    ['日本…', 'abc', 'ab…', ''],
  );
  assert.equal(truncateMiddle('worker-eu-central-1a-07.example.com', 16), 'worker-e…ple.com');
});

test('long lines break between words and keep their indentation', () => {
  assert.equal(wrapWords('  one two three four five', 20), '  one two three four\n    five');
  assert.equal(
    wrapWords(`${colours.bad('error:')} ${'word '.repeat(4).trim()}`, 22),
    `${colours.bad('error:')} word word word\n  word`,
  );
});
