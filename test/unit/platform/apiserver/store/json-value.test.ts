import assert from 'node:assert/strict';
import { test } from 'node:test';
import { freezeJson, isEmptyRecord, parseFrozen } from '../../../../../lib/platform/apiserver/store/json-value.ts';

const TEXT = '{"a":[1,{"b":null,"__proto__":{"c":[]}}],"d":"e"}';

function everythingIsFrozen(value: unknown): boolean {
  if (typeof value !== 'object' || value === null) return true;
  const keys = Object.getOwnPropertyNames(value).filter((key) => key !== 'length');
  return Object.isFrozen(value) && keys.every((key) => everythingIsFrozen(Reflect.get(value, key)));
}

test('what is parsed is what the text says, and frozen through and through', () => {
  const value = parseFrozen(TEXT);
  assert.equal(JSON.stringify(value), TEXT);
  assert.ok(everythingIsFrozen(value));
  assert.ok(everythingIsFrozen(freezeJson(JSON.parse(TEXT))));
  for (const text of ['null', '1', '"a"', 'true', '[]']) assert.equal(JSON.stringify(parseFrozen(text)), text);
});

test('a record is empty when it has no key of its own', () => {
  assert.ok(isEmptyRecord({}) && isEmptyRecord(Object.create({ inherited: 1 })));
  assert.ok(!isEmptyRecord({ a: undefined }) && !isEmptyRecord(JSON.parse('{"__proto__":1}')));
});
