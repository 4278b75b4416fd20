import assert from 'node:assert/strict';
import { test } from 'node:test';
import { StatusError } from '../../../../../lib/platform/api/status-error.ts';
import {
  checkSize,
  MAX_BODY_VALUES,
  MAX_MEMBERS,
  MAX_VALUES,
} from '../../../../../lib/platform/apiserver/operations/object-size.ts';
import { scanJson } from '../../../../../lib/platform/apiserver/http/json-scanner.ts';

const tooLarge = (message: string) => (error: unknown) =>
  error instanceof StatusError && error.code === 413 && error.message.includes(message);
const list = (length: number): number[] => Array.from({ length }, () => 1);
const map = (length: number): object => Object.fromEntries(list(length).map((one, i) => [`k${i}`, one]));

test('lists and maps have so many items, and objects so many values in all', () => {
  checkSize({ data: map(MAX_MEMBERS), list: list(MAX_MEMBERS) });
  assert.throws(() => checkSize({ list: list(MAX_MEMBERS + 1) }), tooLarge('a list of the object has 10001 items'));
  assert.throws(() => checkSize({ data: map(MAX_MEMBERS + 2) }), tooLarge('a map of the object has 10002 items'));
  const lists = Array.from({ length: MAX_VALUES / MAX_MEMBERS }, () => list(MAX_MEMBERS));
  assert.throws(() => checkSize({ lists }), tooLarge('more than 100000 values'));
  checkSize({ lists: lists.slice(1) });
});

test('who owns the fields does not count', () => {
  const metadata = { name: 'a', managedFields: [{ fieldsV1: map(MAX_MEMBERS + 1) }] };
  checkSize({ metadata });
  assert.throws(() => checkSize({ metadata: { ...metadata, labels: map(MAX_MEMBERS + 1) } }), tooLarge('a map'));
});

test('a body is read no further than the first value that is too many', () => {
  const text = (count: number): string => `[${Array.from({ length: count }, () => '1').join()}`;
  assert.equal(scanJson(text(MAX_BODY_VALUES + 1), MAX_BODY_VALUES).tooMany, true);
  assert.equal(scanJson(text(10), MAX_BODY_VALUES).error, 'unexpected end of JSON input');
});
