import assert from 'node:assert/strict';
import { test } from 'node:test';
import { processorTime } from '../../../support/processor-time.ts';
import { startApi } from './api-under-test.ts';
import { ADMISSION, CONFIG_MAPS, about, bind, put, verdict, BY } from './bind-policy.ts';

test('a validation that fails refuses the write, in its own words and with its own reason', async () => {
  assert.equal(await verdict("object.data.?color.orValue('') == 'red'", {}, { color: 'red' }), 'fine');
  assert.equal(
    await verdict("has(object.data) && object.data.?color.orValue('') == 'red'"),
    `422 Invalid: configmaps "one" is forbidden: ${BY} failed expression: has(object.data) && object.data.?color.orValue('') == 'red'`,
  );
  assert.equal(
    await verdict('false', { message: 'never', reason: 'Forbidden' }),
    `403 Forbidden: configmaps "one" is forbidden: ${BY} never`,
  );
  assert.equal(
    await verdict('false', { message: 'never', messageExpression: "'not ' + object.metadata.name" }),
    `422 Invalid: configmaps "one" is forbidden: ${BY} not one`,
  );
  // An expression without a usable text leaves the word to the message.
  assert.match(
    await verdict('false', { message: 'never', messageExpression: 'string(object.nothing.here)' }),
    /denied request: never$/,
  );
  assert.match(await verdict('false', { message: 'never', messageExpression: "'two\\nlines'" }), /denied request: never$/);
});

test('what cannot be evaluated is refused, or let in as the failure policy says', async () => {
  assert.equal(
    await verdict('object.data.size.startsWith("x")'),
    `422 Invalid: configmaps "one" is forbidden: ${BY} expression 'object.data.size.startsWith("x")' resulted in error: no such key: data`,
  );
  await using api = await startApi();
  await bind(api, { spec: { failurePolicy: 'Ignore', validations: [{ expression: 'object.data.size == "x"' }] } });
  assert.equal((await put(api, 'one')).code, 201);
  // It says no nevertheless when it can say something.
  assert.equal((await put(api, 'two', { size: 'y' })).code, 422);
});

test('expressions see the request, the old object, the namespace and who may do what', async () => {
  await using api = await startApi();
  const checks = [
    "request.operation != 'CREATE' || oldObject == null",
    "request.operation != 'DELETE' || object == null && oldObject.metadata.name == 'one'",
    "request.resource.resource == 'configmaps' && request.kind.kind == 'ConfigMap' && request.resource.group == ''",
    "request.userInfo.username == 'system:admin' && 'system:masters' in request.userInfo.groups",
    "request.namespace == 'default' && namespaceObject.metadata.labels['kubernetes.io/metadata.name'] == 'default'",
    "request.name == 'one' && !has(request.subResource) && request.dryRun == false",
    "authorizer.group('').resource('secrets').namespace('default').check('create').allowed()",
    "authorizer.serviceAccount('default', 'default').group('').resource('secrets').check('create').allowed() == false",
    "authorizer.requestResource.check('get').allowed()",
    "request.operation != 'UPDATE' || object.data.n == '2' && oldObject.data.n == '1'",
    'variables.n == 1 && variables.twice == 2',
  ];
  await bind(api, {
    spec: {
      variables: [
        { name: 'n', expression: '1' },
        { name: 'twice', expression: 'variables.n * 2' },
      ],
      validations: checks.map((expression) => ({ expression })),
    },
  });
  const made = await put(api, 'one', { n: '1' });
  assert.equal(made.code, 201, made.text);
  const updated = await api.call('PUT', `${CONFIG_MAPS}/one`, { body: { metadata: { name: 'one' }, data: { n: '2' } } });
  assert.equal(updated.code, 200, updated.text);
  const removed = await api.call('DELETE', `${CONFIG_MAPS}/one`);
  assert.equal(removed.code, 200, removed.text);
});

test('warnings and words for the audit log instead of refusals', async () => {
  await using api = await startApi();
  await bind(api, {
    spec: { validations: [{ expression: 'false', message: 'look out' }] },
    binding: { validationActions: ['Warn', 'Audit'] },
  });
  const reply = await put(api, 'one');
  assert.equal(reply.code, 201);
  assert.equal(
    reply.headers['warning'],
    `299 - "Validation failed for ValidatingAdmissionPolicy 'p' with binding 'p-binding': look out"`,
  );
});

test('what costs too much is stopped and refused', async () => {
  const dear = 'range.all(a, range.all(b, range.all(c, a + b + c < 0 || true)))';
  await using api = await startApi();
  const list = `[${Array.from({ length: 200 }, (_, i) => i).join(', ')}]`;
  await bind(api, {
    spec: {
      variables: [{ name: 'range', expression: list }],
      validations: [{ expression: dear.replaceAll('range', 'variables.range') }],
    },
  });
  const started = processorTime();
  const refused = await put(api, 'one');
  assert.match(refused.body.message, /resulted in error: operation cancelled: actual cost limit exceeded$/);
  assert.ok(processorTime() - started < 5000);
});

/** What is wrong with an expression is said when it is written. */
const WRONG: readonly (readonly [object, string, string])[] = [
  [
    { validations: [{ expression: 'objct.spec == 1' }] },
    'spec.validations[0].expression',
    `Invalid value: "objct.spec == 1": compilation failed: ERROR: <input>:1:1: undeclared reference to 'objct' (in container '')\n | objct.spec == 1\n | ^`,
  ],
  [
    { validations: [{ expression: 'object.spec' }] },
    'spec.validations[0].expression',
    'Invalid value: "object.spec": must evaluate to bool but got dyn',
  ],
  [
    { validations: [{ expression: 'true', messageExpression: '1' }] },
    'spec.validations[0].messageExpression',
    'Invalid value: "1": must evaluate to string but got int',
  ],
  [
    { auditAnnotations: [{ key: 'k', valueExpression: '1' }] },
    'spec.auditAnnotations[0].valueExpression',
    'Invalid value: "1": must evaluate to one of [string null_type] but got int',
  ],
  [
    { validations: [{ expression: 'params.x' }] },
    'spec.validations[0].expression',
    `Invalid value: "params.x": compilation failed: ERROR: <input>:1:1: undeclared reference to 'params' (in container '')\n | params.x\n | ^`,
  ],
  [
    {
      variables: [
        { name: 'a', expression: 'variables.b' },
        { name: 'b', expression: '1' },
      ],
      validations: [{ expression: 'true' }],
    },
    'spec.variables[0].expression',
    `Invalid value: "variables.b": compilation failed: ERROR: <input>:1:10: undefined field 'b'\n | variables.b\n | .........^`,
  ],
  [
    { matchConditions: [{ name: 'c', expression: '"a".matches("(")' }], validations: [{ expression: 'true' }] },
    'spec.matchConditions[0].expression',
    `Invalid value: "\\"a\\".matches(\\"(\\")": compilation failed: ERROR: <input>:1:13: invalid matches argument\n | "a".matches("(")\n | ............^`,
  ],
  [
    { validations: [{ expression: 'true', reason: 'Odd' }] },
    'spec.validations[0].reason',
    'Unsupported value: "Odd": supported values: "Forbidden", "Invalid", "RequestEntityTooLarge", "Unauthorized"',
  ],
];

test('expressions that do not compile are refused, with the place', async () => {
  await using api = await startApi();
  for (const [spec, field, message] of WRONG) {
    const body = { metadata: { name: 'p' }, spec: { matchConstraints: about('configmaps'), ...spec } };
    const reply = await api.call('POST', `${ADMISSION}/validatingadmissionpolicies`, { body });
    assert.equal(reply.code, 422, reply.text);
    assert.deepEqual(reply.body.details.causes, [
      { reason: message.startsWith('Unsupported') ? 'FieldValueNotSupported' : 'FieldValueInvalid', message, field },
    ]);
  }
});
