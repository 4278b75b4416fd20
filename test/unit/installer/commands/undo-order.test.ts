import assert from 'node:assert/strict';
import { test } from 'node:test';
import { undoOrder } from '../../../../lib/installer/commands/uninstall.ts';

const entry = (kind: string, id: number) => ({ id, subject: { kind } });

test('images that came after the platform are taken back after it, newest first, and before what was there before them', () => {
  const journal = [
    entry('packages', 1),
    entry('image', 2),
    entry('image', 3),
    entry('unit', 4),
    entry('image', 5),
    entry('file', 6),
  ];
  assert.deepEqual(
    undoOrder(journal).map(({ id }) => id),
    [6, 4, 5, 3, 2, 1],
  );
  assert.deepEqual(
    undoOrder([entry('file', 1), entry('unit', 2)]).map(({ id }) => id),
    [2, 1],
  );
});
