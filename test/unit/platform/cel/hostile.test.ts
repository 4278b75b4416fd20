import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Environment } from '../../../../lib/platform/cel/environment.ts';
import { STANDARD } from '../../../../lib/platform/cel/library/standard.ts';
import { CompileError } from '../../../../lib/platform/cel/syntax/issues.ts';
import { DYN } from '../../../../lib/platform/cel/types/type.ts';
import { fromJson } from '../../../../lib/platform/cel/values/json.ts';
import type { CelError } from '../../../../lib/platform/cel/values/value.ts';
import { processorTime } from '../../../support/processor-time.ts';

const language = new Environment({ functions: STANDARD });
const LIMIT = 1_000_000;
/** Of an evaluation that may cost what a policy's may, on a slow machine under load. */
const PATIENCE = 5000;

const compile = (source: string) => language.compile(source, (name) => (name === 'o' ? DYN : undefined));
const evaluate = (source: string, o: unknown = {}) =>
  compile(source).evaluate((name) => (name === 'o' ? fromJson(o) : undefined), LIMIT);

const numbers = Array.from({ length: 2000 }, (_, i) => i);
const text = 'a'.repeat(500_000);

const DEAR: Readonly<Record<string, readonly [string, unknown]>> = {
  'loops in loops': ['o.l.all(a, o.l.all(b, o.l.all(c, a + b + c >= 0)))', { l: numbers }],
  'loops whose errors are absorbed': ['o.l.all(a, o.l.all(b, o.l.all(c, a / 0 == b || c >= 0)))', { l: numbers }],
  'texts that double': [
    '[o.t].map(a, a + a + a + a).map(b, b + b + b + b).map(c, c + c + c + c)[0].contains("aaab")',
    { t: text },
  ],
  'a search for everything in everything': ['o.t.contains(o.t + "b")', { t: text }],
  'replacing nothing by much': ["size(o.t.replace('', o.t)) > 0", { t: text }],
  'joining what is long': ['size(o.l.map(x, o.t).join(o.t)) > 0', { l: numbers, t: text }],
  'sizes of long texts, over and over': ['o.l.all(a, o.l.all(b, size(o.t + "é") > 0))', { l: numbers, t: text }],
  'formatting what refers to itself again and again': [
    `cel.bind(a, [o, o], cel.bind(b, [a, a], cel.bind(c, [b, b], cel.bind(d, [c, c], cel.bind(e, [d, d, d, d], cel.bind(f, [e, e, e, e, e, e, e, e], size("%s%s%s%s".format([f, f, f, f])) > 0))))))`,
    { l: numbers },
  ],
};

for (const [what, [source, o]] of Object.entries(DEAR))
  test(`ends: ${what}`, () => {
    const start = processorTime();
    const { value, exceeded } = evaluate(source, o);
    assert.ok(exceeded, `${source} came to ${String(value)}`);
    assert.equal((value as CelError).message, 'operation cancelled: actual cost limit exceeded');
    assert.ok(processorTime() - start < PATIENCE, `took ${processorTime() - start} ms`);
  });

test('lists that double are compared and measured without being written out', () => {
  const doubled = (times: number): string =>
    times === 0 ? 'o.l' : `cel.bind(v${times}, ${doubled(times - 1)}, v${times} + v${times})`;
  assert.equal(evaluate(`size(${doubled(40)})`, { l: numbers }).value, 2000n * 2n ** 40n);
  assert.ok(evaluate(`${doubled(40)} == ${doubled(40)}`, { l: numbers }).exceeded);
});

test('an expression for slow matchers is as fast as another', () => {
  const start = processorTime();
  assert.equal(evaluate("o.t.matches('^(a+)+$')", { t: `${'a'.repeat(5000)}b` }).value, false);
  assert.ok(processorTime() - start < 1000);
});

const BIG: Readonly<Record<string, string>> = {
  parentheses: `${'('.repeat(5000)}1${')'.repeat(5000)}`,
  lists: `${'['.repeat(5000)}1${']'.repeat(5000)}`,
  calls: `${'size('.repeat(5000)}1${')'.repeat(5000)}`,
  sums: `1${'+1'.repeat(20_000)}`,
  'sums in parentheses': `${`(1${'+1'.repeat(240)}+`.repeat(200)}1${')'.repeat(200)}`,
  fields: `o${'.a'.repeat(20_000)}`,
  macros: `${'[1].all(x, '.repeat(2000)}true${')'.repeat(2000)}`,
  'operators without operands': '!'.repeat(90_000),
  'types that double':
    Array.from({ length: 60 }, (_, i) => i)
      .reduceRight((inner, i) => `cel.bind(v${i + 1}, {v${i}: v${i}}, ${inner})`, 'true')
      .replace(/^/, 'cel.bind(v0, 1, ') + ')',
  'types that double when they are known': `${Array.from({ length: 40 }, (_, i) => `cel.bind(v${i}, [], `).join('')}${Array.from({ length: 39 }, (_, i) => `v${39 - i - 1} == [{v${39 - i}[0]: v${39 - i}[0]}]`).join(' && ')}${')'.repeat(40)}`,
  'closing brackets': ']-'.repeat(40_000),
  'open quotes': `${'"'.repeat(49_999)}`,
  'more than there may be': 'a'.repeat(100_001),
};

for (const [what, source] of Object.entries(BIG))
  test(`does not compile: ${what}`, () => {
    const start = processorTime();
    assert.throws(() => compile(source), CompileError);
    assert.ok(processorTime() - start < PATIENCE);
  });

test('long expressions that are not deep compile', () => {
  assert.equal(evaluate(Array.from({ length: 5000 }, () => 'true').join(' && ')).value, true);
  assert.equal(evaluate(`size([${Array.from({ length: 10_000 }, (_, i) => i).join(',')}])`).value, 10_000n);
  const chained = Array.from({ length: 60 }, (_, i) => `.optMap(v${i}, v${i} + 1)`).join('');
  assert.equal(evaluate(`optional.of(1)${chained}.value()`).value, 61n);
});

test('objects cannot reach what JavaScript has below its own', () => {
  for (const field of ['constructor', '__proto__', 'toString', 'hasOwnProperty']) {
    assert.equal(evaluate(`has(o.${field})`).value, false);
    assert.equal((evaluate(`o.${field}`).value as CelError).message, `no such key: ${field}`);
  }
});
