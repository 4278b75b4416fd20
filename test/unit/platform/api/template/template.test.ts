import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { StatusError } from '../../../../../lib/platform/api/status-error.ts';
import { generateFromExpression } from '../../../../../lib/platform/api/template/expression-generator.ts';
import { processTemplate } from '../../../../../lib/platform/api/template/process-template.ts';
import type { Template } from '../../../../../lib/platform/api/template/template-types.ts';
import { template } from '../../../../../lib/platform/api/template/template.ts';
import { kindCases } from '../../../../support/kind-cases.ts';

const a = (fields: object): Template => ({
  apiVersion: 'template.openshift.io/v1',
  kind: 'Template',
  metadata: { name: 'shop' },
  ...fields,
});

test('expressions: each kind of character, both ends of a range, text around', () => {
  assert.match(generateFromExpression('test[0-9]{1}x'), /^test\dx$/);
  assert.match(generateFromExpression('0x[A-F0-9]{4}-[a-z]{255}'), /^0x[A-F0-9]{4}-[a-z]{255}$/);
  assert.match(generateFromExpression('[\\a]{40}'), /^[a-zA-Z0-9]{40}$/);
  assert.match(generateFromExpression('[\\d]{40}'), /^\d{40}$/);
  assert.match(generateFromExpression('[\\w]{40}'), /^[!-~]{40}$/);
  assert.deepEqual(new Set(generateFromExpression('[0-1]{255}')), new Set(['0', '1']));
  assert.equal(generateFromExpression('plain'), 'plain');
});

test('a template asks for so many random characters and no more', () => {
  assert.equal(generateFromExpression('[a]{200}[b]{100}', 300).length, 300);
  assert.throws(() => generateFromExpression('[a]{200}[b]{101}', 300), {
    message: 'more than 300 characters are to be generated',
  });
  const parameters = (count: number) =>
    Array.from({ length: count }, (_, i) => ({ name: `P${i}`, generate: 'expression', from: '[\\w]{255}'.repeat(1000) }));
  const process = (count: number) =>
    processTemplate({ apiVersion: 'template.openshift.io/v1', kind: 'Template', metadata: {}, parameters: parameters(count) });
  assert.equal(process(1).parameters?.[0]?.value?.length, 255_000);
  assert.throws(() => process(2), /template\.parameters\[1\].*characters are to be generated/s);
});

test('expressions that cannot be are named', () => {
  assert.throws(() => generateFromExpression('[a-z]{0}'), /^Error: Range must be within \[1-255\] characters \(0\)$/);
  assert.throws(() => generateFromExpression('[a-z]{256}'), /\(256\)/);
  assert.throws(() => generateFromExpression('[z-a]{3}'), /^Error: Invalid range specified: z-a$/);
  assert.throws(() => generateFromExpression('[-]{3}'), /^Error: Malformed expresion syntax: \[-\]$/);
});

test('values go into strings, keys, labels and the message; as JSON where the whole string says so', () => {
  const { objects, labels, message } = processTemplate(
    a({
      message: 'The password is ${PASSWORD}.',
      labels: { app: '${NAME}' },
      parameters: [
        { name: 'NAME', value: 'shop' },
        { name: 'PASSWORD', generate: 'expression', from: '[a-z]{8}' },
        { name: 'REPLICAS', value: '3' },
        { name: 'NOTE', value: 'it is ${NAME}' },
        { name: 'EMPTY' },
      ],
      objects: [
        {
          kind: 'Service',
          metadata: { name: '${NAME}-${NAME}', namespace: 'elsewhere', labels: { tier: 'web' } },
          spec: { '${NAME}': '${{REPLICAS}}', text: 'x${{REPLICAS}}', note: '${NOTE}', unknown: '${NOBODY}', bare: '${{NOTE}}' },
          list: [1, null, true, '${EMPTY}'],
        },
        { kind: 'Secret', metadata: { name: 's', namespace: '${NAME}' } },
      ],
    }),
  );
  assert.match(message!, /^The password is [a-z]{8}\.$/);
  assert.deepEqual(labels, { app: 'shop' });
  assert.deepEqual(objects, [
    {
      kind: 'Service',
      metadata: { name: 'shop-shop', labels: { tier: 'web', app: 'shop' } },
      spec: { shop: 3, text: 'x${{REPLICAS}}', note: 'it is ${NAME}', unknown: '${NOBODY}', bare: 'it is ${NAME}' },
      list: [1, null, true, ''],
    },
    { kind: 'Secret', metadata: { name: 's', namespace: 'shop', labels: { app: 'shop' } } },
  ]);
});

test('labels reach the pods of a deployment config', () => {
  const { objects } = processTemplate(
    a({
      labels: { app: 'shop' },
      objects: [{ kind: 'DeploymentConfig', metadata: { name: 'd' }, spec: { template: { metadata: { labels: { a: 'b' } } } } }],
    }),
  );
  assert.deepEqual(objects![0]!['spec'], { template: { metadata: { labels: { a: 'b', app: 'shop' } } } });
});

test('parameters at fault are named, all at once', () => {
  const parameters = [
    { name: 'A', required: true },
    { name: 'B', generate: 'dice' },
    { name: 'C', generate: 'expression', from: '[a-z]{999}' },
    { name: 'D', required: true, generate: 'expression', from: '[a-z]{2}' },
  ];
  assert.throws(
    () => processTemplate(a({ parameters })),
    (error: StatusError) => {
      assert.equal(error.code, 422);
      assert.deepEqual(
        error.status.details!.causes!.map(({ field, message }) => `${field}: ${message}`),
        [
          'template.parameters[0]: Required value: template.parameters[0]: parameter A is required and must be specified',
          `template.parameters[1]: Invalid value: "dice": Unknown generator name 'dice' for parameter B`,
          'template.parameters[2]: Invalid value: "[a-z]{999}": Range must be within [1-255] characters (999)',
        ],
      );
      return true;
    },
  );
});

test('a short template cannot become a huge one', () => {
  const parameters = [{ name: 'A', value: 'x'.repeat(1 << 20) }];
  const objects = [{ kind: 'ConfigMap', data: { text: '${A}'.repeat(1000) } }];
  assert.throws(
    () => processTemplate(a({ parameters, objects })),
    (error: StatusError) => error.code === 413,
  );
});

test('what prototypes are made of is data like any other', () => {
  const objects = JSON.parse('[{"__proto__":{"polluted":"${A}"},"constructor":"${A}"}]') as object[];
  const [object] = processTemplate(a({ parameters: [{ name: 'A', value: 'v' }], objects })).objects!;
  assert.equal(JSON.stringify(object), '{"__proto__":{"polluted":"v"},"constructor":"v"}');
  assert.equal(({} as { polluted?: string }).polluted, undefined);
});

test('templates: names of parameters, columns', () => {
  const cases = kindCases(template);
  assert.deepEqual(cases.causes({ parameters: [{ name: 'A_1' }] }), []);
  assert.deepEqual(cases.causes({ parameters: [{ value: 'x' }, { name: 'a-b' }] }), [
    'parameters[0].name: Required value',
    'parameters[1].name: Invalid value: "a-b": does not match ^[a-zA-Z0-9_]+$',
  ]);
  const annotations = { description: 'A shop.\nWith more.' };
  assert.deepEqual(
    cases.row({ metadata: { annotations }, objects: [{}], parameters: [{ name: 'A' }, { name: 'B', value: 'b' }] }),
    ['x', 'A shop....', '2 (1 blank)', 1],
  );
  assert.equal(cases.row({ parameters: [{ name: 'A', generate: 'expression', from: 'x' }] })[2], '1 (1 generated)');
  assert.equal(cases.row({ parameters: [{ name: 'A', value: 'a' }] })[2], '1 (all set)');
});
