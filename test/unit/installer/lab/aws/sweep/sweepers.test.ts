import assert from 'node:assert/strict';
import { test } from 'node:test';
import { sweepers } from '../../../../../../lib/installer/lab/aws/sweep/sweepers.ts';

test('nothing is swept before what it depends on, and each type once', () => {
  const types = sweepers.map(({ type }) => type);
  assert.equal(new Set(types).size, types.length);
  for (const { type, dependsOn } of sweepers) {
    for (const first of dependsOn) {
      assert.ok(types.includes(first), `${type} depends on ${first}, which nothing sweeps`);
      assert.ok(types.indexOf(first) < types.indexOf(type), `${type} comes before ${first}`);
    }
  }
});
