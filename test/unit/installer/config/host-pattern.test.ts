import assert from 'node:assert/strict';
import { test } from 'node:test';
import { matchesHostList, matchesPattern } from '../../../../lib/installer/config/host-pattern.ts';
import { processorTime } from '../../../support/processor-time.ts';

test('a pattern of ssh matches the whole text', () => {
  const table: readonly (readonly [string, string, boolean])[] = [
    ['', '', true],
    ['', '*', true],
    ['a', '', false],
    ['abc', 'a*c', true],
    ['abcbc', 'a*bc', true],
    ['abcb', 'a*bc', false],
    ['abc', '???', true],
    ['abc', '??', false],
    ['a.b', 'a?b', true],
    ['a*b', 'a\\*b', false],
    ['abc', '*b*', true],
    ['abc', '**', true],
  ];
  for (const [text, pattern, expected] of table) assert.equal(matchesPattern(text, pattern), expected, `${text} ~ ${pattern}`);
});

test('a list matches without regard to case, and one negated pattern outweighs all', () => {
  assert.equal(matchesHostList('Web.Example', '*.example'), true);
  assert.equal(matchesHostList('web.example', '*,!WEB.*'), false);
  assert.equal(matchesHostList('web.example', '!db'), false);
});

test('a pattern that is made to be slow is not', () => {
  const began = processorTime();
  assert.equal(matchesPattern('a'.repeat(2_000), `${'*a'.repeat(500)}b`), false);
  assert.ok(processorTime() - began < 1_000);
});
