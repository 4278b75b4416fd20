import assert from 'node:assert/strict';
import { readdirSync } from 'node:fs';
import { test } from 'node:test';
import { assetPath } from '../../../../lib/common/assets.ts';
import { OoError } from '../../../../lib/common/errors.ts';
import { compileTemplate, loadTemplate } from '../../../../lib/stacks/cloud-init/template.ts';

const refusal = (line: number, what: RegExp) => (error: unknown) =>
  error instanceof OoError &&
  error.code === 'TEMPLATE_UNSAFE' &&
  error.message.includes(`:${line}: `) &&
  what.test(error.message);

test('every template that there is compiles, so that none holds a value without its helper', () => {
  const templates = readdirSync(assetPath('cloud-init')).filter((name) => name.endsWith('.hbs'));
  assert.ok(templates.length >= 5, templates.join());
  for (const name of templates) loadTemplate(name);
});

for (const [what, source, why] of [
  ['without a helper', 'a: 1\nb: {{x}}', /\{\{yaml value\}\} only/],
  ['in three braces', 'a: 1\nb: {{{x}}}', /unescaped/],
  ['with an ampersand', 'a: 1\nb: {{&x}}', /unescaped/],
  ['by its helper in three braces', 'a: 1\nb: {{{yaml x}}}', /unescaped/],
  ['by the helper of another place', 'a: 1\nb: {{sh x}}', /\{\{yaml value\}\} only/],
  ['by two values at once', 'a: 1\nb: {{yaml x y}}', /only/],
  ['by an expression', 'a: 1\nb: {{yaml (lookup x "y")}}', /by its name/],
  ['inside of a block', 'a: 1\n{{#if x}}{{x}}{{/if}}', /only/],
  ['inside of an else', 'a: 1\n{{#if x}}{{else}}{{x}}{{/if}}', /only/],
  ['by a partial', 'a: 1\n{{> other}}', /PartialStatement/],
  ['by an inline partial', 'a: 1\n{{#*inline "x"}}{{/inline}}', /Decorator/],
  ['by another block', 'a: 1\n{{#with x}}{{yaml y}}{{/with}}', /blocks are/],
] as const) {
  test(`a value ${what} is refused with its line`, () => {
    assert.throws(() => compileTemplate('x.yaml.hbs', source), refusal(2, why));
  });
}

test('a template whose name does not say what it makes is refused', () => {
  assert.throws(() => compileTemplate('x.hbs', ''), refusal(1, /is called/));
  assert.throws(() => compileTemplate('x.constructor.hbs', ''), refusal(1, /is called/));
});

test('a value that is not there is an error, not an empty text', () => {
  assert.throws(() => compileTemplate('x.yaml.hbs', 'a: 1\nb: {{yaml hostnme}}')({ hostname: 'a' }), refusal(2, /none of/));
});

test('what a value looks like to Handlebars does not matter', () => {
  assert.equal(compileTemplate('x.sh.hbs', 'x={{sh x}}')({ x: '{{{y}}}', y: 'no' }), "x='{{{y}}}'");
  assert.equal(compileTemplate('x.sh.hbs', 'x={{sh x}}')({ x: '<&">' }), `x='<&">'`);
});
