import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  configKey,
  dns1035Label,
  dns1123Label,
  dns1123Subdomain,
  envVarName,
  labelValue,
  nameProblems,
  pathSegment,
  portName,
  qualifiedName,
} from '../../../../../lib/platform/api/validation/names.ts';

const GOOD: readonly [(value: string) => string[], readonly string[]][] = [
  [dns1123Label, ['a', '0', 'a-b', 'a'.repeat(63)]],
  [dns1123Subdomain, ['a.b', '1.2', `${'a'.repeat(126)}.${'b'.repeat(126)}`]],
  [dns1035Label, ['a', 'a-1']],
  [labelValue, ['', 'a', 'A_b.c-1', 'x'.repeat(63)]],
  [qualifiedName, ['a', 'A.b_c', 'example.com/a']],
  [configKey, ['a', '.a', 'A_b-c.d', '_']],
  [envVarName, ['A', 'a.b', '1', 'x y']],
  [portName, ['a', 'http', 'a-1']],
  [pathSegment, ['system:node', 'a b']],
];
for (const [check, values] of GOOD)
  for (const value of values) test(`${check.name} takes ${value.slice(0, 20)}`, () => assert.deepEqual(check(value), []));

const LABEL_TEXT =
  "a lowercase RFC 1123 label must consist of lower case alphanumeric characters or '-', and must start and end with an alphanumeric character (e.g. 'my-name',  or '123-abc', regex used for validation is '[a-z0-9]([-a-z0-9]*[a-z0-9])?')";

const BAD: readonly [(value: string) => string[], string, readonly string[]][] = [
  [dns1123Label, '', [LABEL_TEXT]],
  [dns1123Label, 'A', [LABEL_TEXT]],
  [dns1123Label, 'a-', [LABEL_TEXT]],
  [dns1123Label, 'a.b', [LABEL_TEXT]],
  [dns1123Label, 'a'.repeat(64), ['must be no more than 63 characters']],
  [pathSegment, '..', ["may not be '..'"]],
  [pathSegment, 'a/b', ["may not contain '/'"]],
  [pathSegment, 'a\0b', [String.raw`may not contain '\x00'`]],
  [pathSegment, 'a\ud800', ['must be valid Unicode']],
  [configKey, '..', ["must not be '..'"]],
  [configKey, '..a', ["must not start with '..'"]],
  [portName, 'a--b', ['must not contain consecutive hyphens']],
  [portName, '123', ['must contain at least one letter (a-z)']],
  [envVarName, 'a=b', ["a valid environment variable name must consist only of printable ASCII characters other than '='"]],
];
for (const [check, value, texts] of BAD)
  test(`${check.name} refuses ${JSON.stringify(value.slice(0, 20))}`, () => assert.deepEqual(check(value), texts));

test('a qualified name says which part is wrong', () => {
  assert.match(qualifiedName('a/b/c')[0]!, /^a qualified name must consist of .* with an optional DNS subdomain prefix and '\/'/);
  assert.match(qualifiedName('A/b')[0]!, /^prefix part a lowercase RFC 1123 subdomain/);
  assert.deepEqual(qualifiedName('/b'), ['prefix part must be non-empty']);
  assert.deepEqual(qualifiedName('a/')[0], 'name part must be non-empty');
});

test('a generateName may end in a dash', () => {
  assert.deepEqual(nameProblems('subdomain', 'web-', true), []);
  assert.equal(nameProblems('subdomain', 'web-').length, 1);
});

test('names too long for any format do not feed the regular expressions', () => {
  for (const check of [dns1123Label, dns1123Subdomain, qualifiedName, labelValue])
    assert.ok(check(`${'a-'.repeat(500_000)}!`).length > 0);
});
