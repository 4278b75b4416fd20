import assert from 'node:assert/strict';
import { test } from 'node:test';
import { newInvalid } from '../../../../lib/platform/api/status-error.ts';

test('a refusal tells a hundred causes, and how many more there are', () => {
  const causesOf = (count: number) =>
    Array.from({ length: count }, (_, i) => ({ reason: 'FieldValueInvalid', message: 'bad', field: `f[${i}]` }));
  const all = newInvalid({ group: '', kind: 'Pod' }, 'p', causesOf(100)).status;
  assert.equal(all.details!.causes!.length, 100);
  assert.match(all.message!, /f\[99\]: bad\]$/);
  const { details, message } = newInvalid({ group: '', kind: 'Pod' }, 'p', causesOf(100_000)).status;
  assert.equal(details!.causes!.length, 101);
  assert.equal(details!.causes![100]!.message, '... and 99900 more');
  assert.match(message!, /f\[99\]: bad, \.\.\. and 99900 more\]$/);
});
