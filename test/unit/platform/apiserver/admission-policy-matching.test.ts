import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type Reply, startApi } from './api-under-test.ts';
import { ADMISSION, about, bind, put, BY } from './bind-policy.ts';

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
