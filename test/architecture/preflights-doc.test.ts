import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { packageRoot } from '../../lib/common/assets.ts';
import { preflights } from '../../lib/installer/phases/preflights/index.ts';

const text = readFileSync(join(packageRoot(), 'docs', 'preflights.md'), 'utf8');
const rows = [...text.matchAll(/^\| `([a-z-]+)`\s*\|(.*)\|$/gm)].map(([, check = '', cells = '']) => {
  const [fails = '', warns = '', wayOut = ''] = cells.split(/(?<!\\)\|/).map((cell) => cell.trim());
  return { check, fails, warns, wayOut };
});

test('docs/preflights.md lists the checks in their order, with when each fails and warns', () => {
  assert.deepEqual(
    rows.map(({ check, fails, warns }) => ({ check, fails, warns })),
    preflights.map(({ check, fails = '', warns = '' }) => ({ check, fails, warns })),
  );
});

test('docs/preflights.md has a way out for everything that fails or warns', () => {
  const without = rows.filter(({ fails, warns, wayOut }) => fails + warns !== '' && wayOut === '');
  assert.deepEqual(without, []);
});
