import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { packageRoot } from '../../../lib/common/assets.ts';
import { CLAIMING, claimsOf, readClaims, unprovenClaims } from '../../support/comparison.ts';

for (const document of CLAIMING)
  test(`every row of docs/${document} names tests that are there`, () => {
    const claims = readClaims(document);
    assert.ok(claims.length >= 5, `${claims.length} rows`);
    for (const { feature, tests } of claims) {
      for (const named of tests) {
        const [path, name] = /^(\S+): (.+)$/.exec(named)?.slice(1) ?? [];
        assert.ok(path !== undefined && existsSync(join(packageRoot(), path)), `${feature}: no file ${path}`);
        const text = readFileSync(join(packageRoot(), path), 'utf8');
        const last = name!.split(' > ').at(-1)!;
        assert.ok(text.includes(last), `${feature}: ${path} has no test "${last}"`);
      }
    }
  });

test('a row whose test did not pass is told', () => {
  const text = '| a | N | `test/x.test.ts`: one<br>`test/y.test.ts`: s > two |\n';
  const claims = claimsOf(text);
  assert.deepEqual(claims, [{ feature: 'a', tests: ['test/x.test.ts: one', 'test/y.test.ts: s > two'] }]);
  assert.deepEqual(unprovenClaims('a.md', claims, new Set(['test/x.test.ts: one', 'test/y.test.ts: s > two'])), []);
  const half = new Set(['test/x.test.ts: one']);
  assert.equal(unprovenClaims('a.md', claims, half).length, 1);
  assert.deepEqual(
    unprovenClaims('a.md', claims, half, (file) => file === 'test/y.test.ts'),
    [],
  );
});
