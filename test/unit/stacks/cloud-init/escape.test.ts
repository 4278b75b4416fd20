import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { test } from 'node:test';
import { parse } from 'yaml';
import { OoError } from '../../../../lib/common/errors.ts';
import { jsonValue, plainText, shellWord, yamlScalar } from '../../../../lib/stacks/cloud-init/escape.ts';
import { hostileTexts } from '../../../support/lab/lab-host-data.ts';
import { runSeed, seededRandom } from '../../../support/random.ts';

const seed = runSeed();

/** Texts of characters that mean something somewhere, mixed with any others. */
function randomTexts(count: number): string[] {
  const random = seededRandom(seed);
  const special = Array.from('"\'\\`$(){}[]<>|&;:#-?*!%@,=~^ \t\r\n\u0085\u2028\u2029\ufeff\u00a0\u001b\u007f');
  const character = (): string => {
    if (random() < 0.7) return special[Math.floor(random() * special.length)]!;
    const code = 1 + Math.floor(random() * (random() < 0.5 ? 0xd7ff : 0x10ffff));
    return code >= 0xd800 && code <= 0xdfff ? '\ufffd' : String.fromCodePoint(code);
  };
  return Array.from({ length: count }, () => Array.from({ length: Math.floor(random() * 40) }, character).join(''));
}
const texts = [...hostileTexts, ...randomTexts(2_000)];

test(`a YAML scalar reads as the very text, for YAML 1.1 and 1.2, wherever it stands (seed ${seed})`, () => {
  for (const version of ['1.1', '1.2'] as const) {
    const list = texts.map((text) => `- ${yamlScalar(text)}\n`).join('');
    assert.deepEqual(parse(list, { version }), texts);
    const flow = `[${texts.map(yamlScalar).join(', ')}]`;
    assert.deepEqual(parse(flow, { version }), texts);
  }
  for (const text of texts) assert.match(yamlScalar(text), /^"[ -~]*"$/, 'all of it printable ASCII on one line');
});

test('numbers and truths are themselves in YAML', () => {
  assert.equal(yamlScalar(8443), '8443');
  assert.equal(yamlScalar(true), 'true');
  assert.equal(parse(yamlScalar('8443')), '8443');
});

test(`a shell word is one word and the very text (seed ${seed})`, () => {
  // An argument may be 128 KiB long on Linux, a script that is read from standard input has no such bound.
  const script = `printf '%s\\0' ${texts.map(shellWord).join(' ')}`;
  const output = execFileSync('/bin/sh', [], { input: script, encoding: 'utf8', maxBuffer: 100_000_000 });
  assert.deepEqual(output.split('\0').slice(0, -1), texts);
});

test(`a JSON value reads as the very text, and holds no separator of lines (seed ${seed})`, () => {
  for (const text of texts) {
    assert.equal(JSON.parse(jsonValue(text)), text);
    assert.doesNotMatch(jsonValue(text), /[\n\r\u2028\u2029]/);
  }
  assert.deepEqual(JSON.parse(jsonValue({ list: ['a', 1] })), { list: ['a', 1] });
});

test('plain text stays on its line and moves no cursor', () => {
  for (const text of texts) assert.doesNotMatch(plainText(text), /[\p{Cc}\u2028\u2029\u202a-\u202e]/u);
  assert.equal(plainText('Grüße 漢字'), 'Grüße 漢字');
});

test('what no place can take is refused: a NUL, half a character, a value that is not there', () => {
  const isRefused = (why: RegExp) => (error: unknown) =>
    error instanceof OoError && error.code === 'USER_DATA_VALUE' && why.test(error.message);
  for (const escape of [yamlScalar, shellWord, plainText]) {
    assert.throws(() => escape('a\0b'), isRefused(/"a\\u0000b" .*NUL/));
    assert.throws(() => escape('a\ud800b'), isRefused(/Unicode/));
    assert.throws(() => escape(undefined), isRefused(/undefined/));
    assert.throws(() => escape({}), isRefused(/no text/));
  }
  assert.throws(() => jsonValue(undefined), isRefused(/undefined/));
});
