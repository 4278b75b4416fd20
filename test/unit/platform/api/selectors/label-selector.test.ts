import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  labelSelectorMatcher,
  labelSetMatcher,
  parseLabelSelector,
} from '../../../../../lib/platform/api/selectors/label-selector.ts';

type Labels = Record<string, string>;

const MATCHES: readonly [selector: string, yes: readonly Labels[], no: readonly Labels[]][] = [
  ['', [{}, { a: '1' }], []],
  ['a=1', [{ a: '1', b: '2' }], [{}, { a: '2' }]],
  ['a==1', [{ a: '1' }], [{ a: '2' }]],
  ['a!=1', [{}, { a: '2' }], [{ a: '1' }]],
  ['a', [{ a: '' }, { a: '1' }], [{}, { b: '1' }]],
  ['!a', [{}, { b: '1' }], [{ a: '' }]],
  ['a=', [{ a: '' }], [{}, { a: '1' }]],
  ['a in (1,2)', [{ a: '1' }, { a: '2' }], [{}, { a: '3' }]],
  ['a in (1, )', [{ a: '1' }, { a: '' }], [{ a: '3' }]],
  ['a notin (1,2)', [{}, { a: '3' }], [{ a: '1' }]],
  ['a in ()', [{ a: '' }], [{ a: '1' }]],
  ['n>1', [{ n: '2' }, { n: '10' }], [{ n: '1' }, { n: 'x' }, {}]],
  ['n<1', [{ n: '0' }, { n: '-3' }], [{ n: '1' }, {}]],
  ['in in (in)', [{ in: 'in' }], [{ in: 'a' }]],
  [' a = 1 , b in ( x , y ) , ! c ', [{ a: '1', b: 'x' }], [{ a: '1', b: 'x', c: '' }]],
  ['example.com/a=b', [{ 'example.com/a': 'b' }], [{ a: 'b' }]],
];
for (const [selector, yes, no] of MATCHES)
  test(`selector "${selector}"`, () => {
    const matches = parseLabelSelector(selector);
    for (const labels of yes) assert.ok(matches(labels), `should match ${JSON.stringify(labels)}`);
    for (const labels of no) assert.ok(!matches(labels), `should not match ${JSON.stringify(labels)}`);
  });

const REFUSED: readonly [selector: string, text: string][] = [
  ['a b', "unable to parse requirement: found 'b', expected: in, notin, =, ==, !=, gt, lt"],
  ['a,', "found '', expected: identifier after ','"],
  [',a', "found ',', expected: !, identifier, or 'end of string'"],
  ['a=1 b', "found 'b', expected: ',' or 'end of string'"],
  ['a in 1', "unable to parse requirement: found '1' expected: '('"],
  ['a in (1', "unable to parse requirement: found '', expected: ',' or ')'"],
  ['a==(', "unable to parse requirement: found '(', expected: identifier"],
  ['n>x', "unable to parse requirement: values[0]: Invalid value: \"x\": for 'Gt', 'Lt' operators, the value must be an integer"],
];
for (const [selector, text] of REFUSED)
  test(`selector "${selector}" is refused`, () => assert.throws(() => parseLabelSelector(selector), { message: text }));

test('keys and values are checked as labels are', () => {
  assert.throws(
    () => parseLabelSelector('-a=1'),
    /^StatusError: unable to parse requirement: <nil>: Invalid value: "-a": name part must consist of/,
  );
  assert.throws(
    () => parseLabelSelector('a=b_'),
    /unable to parse requirement: values\[0\]\[a\]: Invalid value: "b_": a valid label must be/,
  );
});

test('a key named as a property of every object is a key like any other', () => {
  assert.ok(!parseLabelSelector('constructor')({}));
  assert.ok(parseLabelSelector('!toString')({}));
  assert.ok(!labelSetMatcher({ constructor: 'x' })({}));
});

test('the object form: nothing matches nothing, empty matches everything', () => {
  assert.ok(!labelSelectorMatcher(undefined)({}));
  assert.ok(labelSelectorMatcher({})({ a: 'b' }));
  const matches = labelSelectorMatcher({
    matchLabels: { a: '1' },
    matchExpressions: [
      { key: 'b', operator: 'NotIn', values: ['x'] },
      { key: 'c', operator: 'DoesNotExist' },
    ],
  });
  assert.ok(matches({ a: '1' }));
  assert.ok(!matches({ a: '1', b: 'x' }));
  assert.ok(!matches({ a: '1', c: '' }));
});

test('a selector of a million characters is judged at once', () => {
  assert.throws(() => parseLabelSelector(`${'a'.repeat(1_000_000)}!`));
});
