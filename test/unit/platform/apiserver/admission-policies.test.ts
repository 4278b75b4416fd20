import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type ApiUnderTest, type Reply, startApi } from './api-under-test.ts';

const ADMISSION = '/apis/admissionregistration.k8s.io/v1';
const CONFIG_MAPS = '/api/v1/namespaces/default/configmaps';

const about = (resource: string, more: object = {}, group = '', version = 'v1'): object => ({
  resourceRules: [{ operations: ['*'], apiGroups: [group], apiVersions: [version], resources: [resource], ...more }],
});

interface Policy {
  readonly spec: object;
  readonly binding?: object;
  readonly name?: string;
}

/** Writes a policy about config maps, and a binding that denies, unless told otherwise. */
async function bind(api: ApiUnderTest, { spec, binding = {}, name = 'p' }: Policy): Promise<void> {
  const policy = { metadata: { name }, spec: { matchConstraints: about('configmaps'), ...spec } };
  const made = await api.call('POST', `${ADMISSION}/validatingadmissionpolicies`, { body: policy });
  assert.equal(made.code, 201, made.text);
  const bound = await api.call('POST', `${ADMISSION}/validatingadmissionpolicybindings`, {
    body: { metadata: { name: `${name}-binding` }, spec: { policyName: name, validationActions: ['Deny'], ...binding } },
  });
  assert.equal(bound.code, 201, bound.text);
}

const put = (api: ApiUnderTest, name: string, data: Record<string, string> = {}, more: object = {}): Promise<Reply> =>
  api.call('POST', CONFIG_MAPS, { body: { metadata: { name, ...more }, data } });

/** What an evaluation of one validation says about an object. */
async function verdict(expression: string, more: object = {}, data: Record<string, string> = {}): Promise<string> {
  await using api = await startApi();
  await bind(api, { spec: { validations: [{ expression, ...more }] } });
  const reply = await put(api, 'one', data);
  return reply.code === 201 ? 'fine' : `${reply.code} ${reply.body.reason}: ${reply.body.message}`;
}

const BY = `ValidatingAdmissionPolicy 'p' with binding 'p-binding' denied request:`;

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

test('match conditions keep a policy out; one that fails counts as the failure policy says', async () => {
  await using api = await startApi();
  const condition = (expression: string): object => ({
    matchConditions: [{ name: 'c', expression }],
    validations: [{ expression: 'false' }],
  });
  await bind(api, { spec: condition("object.metadata.name.startsWith('app')") });
  assert.equal((await put(api, 'one')).code, 201);
  assert.equal((await put(api, 'app')).code, 422);
  await bind(api, { spec: { ...condition('object.nothing == 1'), failurePolicy: 'Ignore' }, name: 'ignoring' });
  assert.equal((await put(api, 'two')).code, 201);
  await bind(api, { spec: condition('object.nothing == 1'), name: 'strict' });
  const refused = await put(api, 'three');
  assert.match(
    refused.body.message,
    /'strict'.* denied request: expression 'object\.nothing == 1' resulted in error: no such key: nothing$/,
  );
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

test('parameters: by name, by labels, of the namespace; and what is done when there are none', async () => {
  await using api = await startApi();
  const spec = {
    paramKind: { apiVersion: 'v1', kind: 'ConfigMap' },
    matchConstraints: about('secrets'),
    validations: [
      { expression: 'int(object.metadata.labels.n) <= int(params.data.max)', messageExpression: "'at most ' + params.data.max" },
    ],
  };
  const secret = (n: string): Promise<Reply> =>
    api.call('POST', '/api/v1/namespaces/default/secrets?dryRun=All', { body: { metadata: { name: 's', labels: { n } } } });
  await bind(api, { spec, binding: { paramRef: { name: 'limits', parameterNotFoundAction: 'Deny' } } });
  assert.match(
    (await secret('1')).body.message,
    /denied request: failed to configure binding: no params found for policy binding with `Deny` parameterNotFoundAction$/,
  );
  await put(api, 'limits', { max: '3' });
  assert.equal((await secret('3')).code, 201);
  assert.match((await secret('4')).body.message, /denied request: at most 3$/);
  await bind(api, {
    name: 'labelled',
    spec: { ...spec, validations: [{ expression: "params.data.max != '5'", messageExpression: "'not ' + params.data.max" }] },
    binding: { paramRef: { selector: { matchLabels: { limits: 'yes' } }, parameterNotFoundAction: 'Allow' } },
  });
  assert.equal((await secret('1')).code, 201);
  await put(api, 'more', { max: '5' }, { labels: { limits: 'yes' } });
  assert.match((await secret('1')).body.message, /'labelled'.* denied request: not 5$/);
});

test('bindings narrow by namespaces and objects; a policy excludes what it names', async () => {
  await using api = await startApi();
  await bind(api, {
    spec: {
      matchConstraints: {
        ...about('configmaps'),
        excludeResourceRules: [
          { operations: ['*'], apiGroups: [''], apiVersions: ['v1'], resources: ['configmaps'], resourceNames: ['spared'] },
        ],
      },
      validations: [{ expression: 'false' }],
    },
    binding: {
      matchResources: {
        objectSelector: { matchLabels: { strict: 'yes' } },
        namespaceSelector: { matchLabels: { 'kubernetes.io/metadata.name': 'default' } },
      },
    },
  });
  assert.equal((await put(api, 'one')).code, 201);
  assert.equal((await put(api, 'two', {}, { labels: { strict: 'yes' } })).code, 422);
  assert.equal((await put(api, 'spared', {}, { labels: { strict: 'yes' } })).code, 201);
  await api.call('POST', '/api/v1/namespaces', { body: { metadata: { name: 'other' } } });
  const elsewhere = await api.call('POST', '/api/v1/namespaces/other/configmaps', {
    body: { metadata: { name: 'two', labels: { strict: 'yes' } } },
  });
  assert.equal(elsewhere.code, 201, elsewhere.text);
});

test('a policy about one version sees objects that are written in another one, unless it is exact', async () => {
  const hpas = '/apis/autoscaling/v2/namespaces/default/horizontalpodautoscalers';
  const body = {
    metadata: { name: 'h' },
    spec: {
      maxReplicas: 3,
      scaleTargetRef: { apiVersion: 'apps/v1', kind: 'Deployment', name: 'd' },
      metrics: [{ type: 'Resource', resource: { name: 'cpu', target: { type: 'Utilization', averageUtilization: 50 } } }],
    },
  };
  for (const [matchPolicy, code] of [
    ['Equivalent', 422],
    ['Exact', 201],
  ] as const) {
    await using api = await startApi();
    const validations = [
      {
        expression:
          'object.spec.targetCPUUtilizationPercentage != 50 || request.requestKind.version != "v2" || request.kind.version != "v1"',
      },
    ];
    await bind(api, {
      spec: { matchConstraints: { ...about('horizontalpodautoscalers', {}, 'autoscaling'), matchPolicy }, validations },
    });
    const reply = await api.call('POST', hpas, { body });
    assert.equal(reply.code, code, `${matchPolicy}: ${reply.text}`);
  }
});

test('a policy about one version of a custom kind sees what is written in the others', async () => {
  await using api = await startApi();
  const schema = {
    openAPIV3Schema: { type: 'object', properties: { spec: { type: 'object', properties: { n: { type: 'integer' } } } } },
  };
  const versions = [
    { name: 'v1', served: true, storage: true, schema },
    { name: 'v2', served: true, storage: false, schema },
  ];
  const definitions = '/apis/apiextensions.k8s.io/v1/customresourcedefinitions';
  const names = { plural: 'widgets', singular: 'widget', kind: 'Widget', listKind: 'WidgetList' };
  const spec = { group: 'example.com', scope: 'Namespaced', names, versions };
  const made = await api.call('POST', definitions, { body: { metadata: { name: 'widgets.example.com' }, spec } });
  assert.equal(made.code, 201, made.text);
  // No controller is here to accept its names.
  const conditions = ['NamesAccepted', 'Established'].map((type) => ({
    type,
    status: 'True',
    reason: 'Test',
    lastTransitionTime: '2024-01-01T00:00:00Z',
  }));
  const accepted = { ...made.body, status: { ...made.body.status, acceptedNames: names, conditions } };
  assert.equal((await api.call('PUT', `${definitions}/widgets.example.com/status`, { body: accepted })).code, 200);
  const validations = [
    { expression: "object.apiVersion == 'example.com/v2' && object.spec.n <= int(params.spec.n)", message: 'too many' },
  ];
  await bind(api, {
    spec: {
      paramKind: { apiVersion: 'example.com/v1', kind: 'Widget' },
      matchConstraints: about('widgets', {}, 'example.com', 'v2'),
      validations,
    },
    binding: { paramRef: { name: 'limit', parameterNotFoundAction: 'Allow' } },
  });
  const write = (version: string, name: string, n: number): Promise<Reply> =>
    api.call('POST', `/apis/example.com/${version}/namespaces/default/widgets`, {
      body: { apiVersion: `example.com/${version}`, kind: 'Widget', metadata: { name }, spec: { n } },
    });
  assert.equal((await write('v2', 'limit', 3)).code, 201);
  assert.equal((await write('v1', 'few', 3)).code, 201);
  assert.match(
    (await write('v1', 'many', 4)).body.message,
    /^widgets\.example\.com "many" is forbidden: .* denied request: too many$/,
  );
});

test('a policy about scales sees scales', async () => {
  await using api = await startApi();
  const validations = [
    {
      expression: "object.kind == 'Scale' && object.spec.replicas <= 3",
      messageExpression: "'not ' + string(object.spec.replicas)",
    },
  ];
  await bind(api, { spec: { matchConstraints: about('deployments/scale', {}, 'apps'), validations } });
  const containers = [{ name: 'c', image: 'i' }];
  const deployment = {
    metadata: { name: 'd' },
    spec: { selector: { matchLabels: { a: 'b' } }, template: { metadata: { labels: { a: 'b' } }, spec: { containers } } },
  };
  const deployments = '/apis/apps/v1/namespaces/default/deployments';
  assert.equal((await api.call('POST', deployments, { body: deployment })).code, 201);
  const scale = (replicas: number): Promise<Reply> =>
    api.call('PATCH', `${deployments}/d/scale`, {
      body: { spec: { replicas } },
      headers: { 'content-type': 'application/merge-patch+json' },
    });
  assert.equal((await scale(3)).code, 200);
  assert.match((await scale(4)).body.message, /denied request: not 4$/);
});

test('a policy may keep people out of containers', async () => {
  await using api = await startApi();
  const validations = [
    {
      expression: "request.operation == 'CONNECT' && object.kind == 'PodExecOptions' && object.command != ['sh']",
      message: 'no shells',
    },
  ];
  await bind(api, { spec: { matchConstraints: about('pods/exec'), validations } });
  await api.call('POST', '/api/v1/namespaces/default/serviceaccounts', { body: { metadata: { name: 'default' } } });
  const pod = { metadata: { name: 'p' }, spec: { containers: [{ name: 'c', image: 'i' }] } };
  const made = await api.call('POST', '/api/v1/namespaces/default/pods', { body: pod });
  assert.equal(made.code, 201, made.text);
  const run = (command: string): Promise<Reply> =>
    api.call('POST', `/api/v1/namespaces/default/pods/p/exec?command=${command}&stdout=true`);
  const refused = await run('sh');
  assert.equal(refused.body.message, `pods "p" is forbidden: ${BY} no shells`);
  // What is let through fails for want of a node.
  assert.equal((await run('ls')).body.message, 'pod p does not have a host assigned');
});

test('a policy that refuses everything can be removed', async () => {
  await using api = await startApi();
  const everything = { resourceRules: [{ operations: ['*'], apiGroups: ['*'], apiVersions: ['*'], resources: ['*'] }] };
  await bind(api, { spec: { matchConstraints: everything, validations: [{ expression: 'false' }] } });
  assert.equal((await put(api, 'one')).code, 422);
  assert.equal((await api.call('DELETE', `${ADMISSION}/validatingadmissionpolicies/p`)).code, 200);
  assert.equal((await put(api, 'one')).code, 201);
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
  const started = performance.now();
  const refused = await put(api, 'one');
  assert.match(refused.body.message, /resulted in error: operation cancelled: actual cost limit exceeded$/);
  assert.ok(performance.now() - started < 5000);
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
