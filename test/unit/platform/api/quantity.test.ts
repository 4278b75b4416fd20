import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  addQuantities,
  canonicalQuantity,
  compareQuantities,
  quantityMilliValue,
  quantityProblem,
  quantityValue,
} from '../../../../lib/platform/api/quantity.ts';

const CANONICAL = [
  ['0', '0'],
  ['0.0', '0'],
  ['0.1', '100m'],
  ['1.5', '1500m'],
  ['1000m', '1'],
  ['100m', '100m'],
  ['1000', '1k'],
  ['1500000', '1500k'],
  ['1024Mi', '1Gi'],
  ['1.5Gi', '1536Mi'],
  ['1023Ki', '1023Ki'],
  ['512', '512'],
  ['0.5Ki', '512'],
  ['0.5Mi', '512Ki'],
  ['1e3', '1e3'],
  ['1.5e3', '1500'],
  ['12e6', '12e6'],
  ['100u', '100u'],
  ['0.0000000001', '1n'],
  ['-1.5', '-1500m'],
  ['+3', '3'],
  ['1E', '1E'],
  ['9223372036854775808', '9223372036854775807'],
] as const;

for (const [text, canonical] of CANONICAL)
  test(`${text} is written ${canonical}`, () => assert.equal(canonicalQuantity(text), canonical));

test('what is no quantity is said in the words of Kubernetes', () => {
  assert.match(quantityProblem('abc')!, /^quantities must match the regular expression/);
  assert.match(quantityProblem('')!, /^quantities must match the regular expression/);
  assert.equal(quantityProblem('1Kii'), "unable to parse quantity's suffix");
  assert.equal(quantityProblem('1__proto__') === undefined, false);
  assert.equal(quantityProblem('1constructor') === undefined, false);
  assert.equal(quantityProblem('100Mi'), undefined);
});

test('amounts compare and add by value, not by text', () => {
  assert.equal(compareQuantities('1Gi', '1024Mi'), 0);
  assert.ok(compareQuantities('999m', '1') < 0);
  assert.ok(compareQuantities('1G', '1Mi') > 0);
  assert.equal(addQuantities('100m', '900m', '1'), '2');
  assert.equal(quantityMilliValue('0.1'), 100);
  assert.equal(quantityMilliValue('2'), 2000);
  assert.equal(quantityValue('1500m'), 2);
  assert.equal(quantityValue('64Mi'), 64 * 1024 * 1024);
});

test('a quantity of a thousand digits costs nothing', () => {
  assert.match(quantityProblem('1'.repeat(100_000))!, /^quantities must match/);
});
