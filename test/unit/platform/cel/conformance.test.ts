import assert from 'node:assert/strict';
import { test } from 'node:test';
import { tests as checking } from '@bufbuild/cel-spec/testdata/checking.js';
import { tests as conformance } from '@bufbuild/cel-spec/testdata/conformance.js';
import { tests as parsing } from '@bufbuild/cel-spec/testdata/parsing.js';
import { Environment } from '../../../../lib/platform/cel/environment.ts';
import { STANDARD } from '../../../../lib/platform/cel/library/standard.ts';
import { CompileError } from '../../../../lib/platform/cel/syntax/issues.ts';
import { type CelType, DYN, typeText } from '../../../../lib/platform/cel/types/type.ts';
import { CelError, type Value } from '../../../../lib/platform/cel/values/value.ts';
import { casesOf, type ConformanceCase, readType, readValue, show } from './conformance-cases.ts';

/**
 * The conformance tests of the CEL specification (cel.dev/expr), in the form that @bufbuild/cel-spec has them: with what cel-go says of
 * expressions that do not compile. Left out is what Kubernetes' language has not: messages of protobuf, and these extensions.
 */
const NOT_OURS = new Set(['block_ext', 'encoders_ext', 'math_ext', 'network_ext']);
const MESSAGES = /TestAllTypes|google\.protobuf|proto[23]|cel\.block|cel\.iterVar|\bmath\.|base64\./;
/** Names in other containers than the root, and functions that only those tests declare. */
const OTHER_NAMES = new Set(['self_eval_container_lookup', 'unary', 'binary']);

const language = new Environment({ functions: STANDARD, homogeneous: false });

const ours = (each: ConformanceCase): boolean =>
  !NOT_OURS.has(each.suite) && !OTHER_NAMES.has(each.name) && !MESSAGES.test(JSON.stringify(each));

interface Outcome {
  readonly value?: Value;
  readonly type?: CelType;
  readonly error?: string;
  readonly compiled: boolean;
}

function outcomeOf({ expr, typeEnv = [], bindings = {} }: ConformanceCase): Outcome {
  const declared = new Map(
    typeEnv.map((each) => {
      const { name, ident } = each as { name: string; ident?: { type?: Record<string, unknown> } };
      return [name, (ident?.type && readType(ident.type)) ?? DYN] as const;
    }),
  );
  const values = new Map(Object.entries(bindings).map(([name, { value }]) => [name, readValue(value!)]));
  try {
    const program = language.compile(expr, (name) => declared.get(name) ?? (values.has(name) ? DYN : undefined));
    const { value } = program.evaluate((name) => values.get(name), 10_000_000);
    return { value, type: program.type, compiled: true, ...(value instanceof CelError ? { error: value.message } : {}) };
  } catch (error) {
    assert.ok(error instanceof CompileError, `${expr}: ${String(error)}`);
    return { error: error.message, compiled: false };
  }
}

const cases = casesOf(conformance as never).filter(ours);

for (const suite of new Set(cases.map((each) => each.suite)))
  test(`specification: ${suite}`, () => {
    for (const each of cases.filter((one) => one.suite === suite && one.disableCheck !== true)) {
      const what = `${each.section}/${each.name}: ${each.expr}`;
      const { value, error } = outcomeOf(each);
      const wanted = each.value ?? each.typedResult?.result;
      if (each.evalError !== undefined || each.anyEvalErrors !== undefined) assert.ok(error !== undefined, what);
      else if (wanted === undefined && each.typedResult !== undefined) continue;
      else assert.equal(error ?? show(value!), wanted === undefined ? 'true' : show(readValue(wanted)!), what);
    }
  });

test('specification: deduced types', () => {
  const typed = cases.filter((each) => each.typedResult?.deducedType !== undefined && !/\b(?:tuple|sort|fn)\(/.test(each.expr));
  assert.ok(typed.length > 10);
  for (const each of typed) {
    const wanted = readType(each.typedResult!.deducedType!);
    if (wanted === undefined) continue;
    const { type, error } = outcomeOf(each);
    assert.equal(type === undefined ? error : typeText(type), typeText(wanted), each.expr);
  }
});

/** Of several syntax errors the first: how ANTLR goes on after one is its own affair. */
const firstOf = (message: string): string => anywhere(message).split('\nERROR')[0]!;
/** Sources have names there that tests gave them. */
const anywhere = (message: string): string => message.replace(/ERROR: [^\n]*?:(\d+):(\d+):/g, 'ERROR: <input>:$1:$2:');

test('what does not compile is told as cel-go tells it', () => {
  const all = [conformance, parsing, checking].flatMap((each) => casesOf(each as never)).filter(ours);
  const wrong = all.filter(
    (each) => each.compileError !== undefined && !KNOWN_DIFFERENCES.some((known) => each.expr.includes(known)),
  );
  let compared = 0;
  for (const each of wrong) {
    const { error, compiled } = outcomeOf(each);
    // The texts are of a cel-go without its extensions; with them some of these compile.
    if (compiled) continue;
    compared++;
    const isSyntax = each.compileError!.includes('Syntax error') || error!.includes('Syntax error');
    const [got, want] = isSyntax ? [firstOf(error!), firstOf(each.compileError!)] : [error, anywhere(each.compileError!)];
    assert.equal(got, want, each.expr);
  }
  assert.ok(compared > 150, `${compared} compared`);
});

/** Syntax that the other cel-go has not switched on, its lower limits, and errors of its tokenizer in the middle of texts. */
const KNOWN_DIFFERENCES = [
  '?',
  '`',
  'existsOne',
  '\\xF',
  'Illegal escape',
  '\u{1f601}',
  'map(var,',
  '\u00f3',
  '-[-1',
  'y!=y!=',
  '[1][2]',
  '< 1 < 2',
  'a.b.c.d.e.f.g',
  '{:',
  '}."a"',
  'func{{',
  '--',
  'NotAMessage',
];
