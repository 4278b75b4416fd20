import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as fc from 'fast-check';
import {
  difference,
  EMPTY,
  type FieldSet,
  intersection,
  isEmpty,
  paths,
  pathSet,
  union,
} from '../../../../../lib/platform/apiserver/structured-merge/field-set.ts';
import { canonicalElement, pathText } from '../../../../../lib/platform/apiserver/structured-merge/path-element.ts';

const ELEMENTS = ['f:a', 'f:b', 'k:{"name":"x"}', 'v:1', 'i:0'];
const path = fc.array(fc.constantFrom(...ELEMENTS), { minLength: 1, maxLength: 4 });
const pathList = fc.array(path, { maxLength: 12 });
const setOf = (list: readonly (readonly string[])[]): FieldSet => list.map((each) => pathSet(...each)).reduce(union, EMPTY);
const listOf = (set: FieldSet): string[] => [...paths(set)].map((each) => each.join(' ')).sort();
const unique = (list: readonly (readonly string[])[]): string[] => [...new Set(list.map((each) => each.join(' ')))].sort();

test('sets of paths are sets: union, difference, intersection', () => {
  fc.assert(
    fc.property(pathList, pathList, (a, b) => {
      const [left, right] = [setOf(a), setOf(b)];
      const [inLeft, inRight] = [unique(a), unique(b)];
      assert.deepEqual(listOf(left), inLeft);
      assert.deepEqual(listOf(union(left, right)), unique([...a, ...b]));
      assert.deepEqual(
        listOf(difference(left, right)),
        inLeft.filter((each) => !inRight.includes(each)),
      );
      assert.deepEqual(
        listOf(intersection(left, right)),
        inLeft.filter((each) => inRight.includes(each)),
      );
    }),
  );
});

test('what does not change is the same set again', () => {
  fc.assert(
    fc.property(pathList, pathList, (a, b) => {
      const set = setOf(a);
      const others = setOf(b.filter((each) => !unique(a).includes(each.join(' '))));
      assert.equal(difference(set, others), set);
      assert.equal(union(set, setOf(a)), set);
      assert.equal(intersection(set, union(set, others)), set);
      assert.ok(isEmpty(difference(set, union(set, others))));
    }),
  );
});

test('paths are shown as Kubernetes shows them, parents first, fields before items', () => {
  const set = setOf([
    ['f:spec', 'f:ports', 'k:{"port":80,"protocol":"TCP"}', 'f:name'],
    ['f:spec', 'f:ports', 'k:{"port":80,"protocol":"TCP"}'],
    ['f:spec', 'f:clusterIP'],
    ['f:metadata', 'f:finalizers', 'v:"a/b"'],
    ['f:list', 'i:3'],
  ]);
  assert.deepEqual([...paths(set)].map(pathText), [
    '.list[3]',
    '.metadata.finalizers[="a/b"]',
    '.spec.clusterIP',
    '.spec.ports[port=80,protocol="TCP"]',
    '.spec.ports[port=80,protocol="TCP"].name',
  ]);
});

test('elements that clients send are brought into one form, and others refused', () => {
  assert.equal(canonicalElement('f:__proto__'), 'f:__proto__');
  assert.equal(canonicalElement('k:{ "b": 1, "a": "x" }'), 'k:{"a":"x","b":1}');
  assert.equal(canonicalElement('v: "x"'), 'v:"x"');
  for (const bad of ['', 'x', 'k:[]', 'k:{}', 'k:{', 'v:', 'i:x', 'i:99999999999', 'p:a'])
    assert.equal(canonicalElement(bad), undefined, bad);
});
