import assert from 'node:assert/strict';
import { test } from 'node:test';
import { specSchema } from '../../../support/custom-resources.ts';
import { CONFIG_MAPS, startApi } from './api-under-test.ts';
import { define } from './define-kind.ts';
import { configure, patchOf, RULES, startHook } from './webhook-under-test.ts';

test('a validating webhook is told everything and may say no, with a reason of its own', async () => {
  await using api = await startApi();
  await using hook = await startHook(api, ({ object }) =>
    object?.['data']?.bad === undefined
      ? { allowed: true, warnings: ['look out'] }
      : { allowed: false, status: { code: 418, message: 'no bad data' } },
  );
  await configure(api, 'Validating', hook);
  const fine = await api.call('POST', CONFIG_MAPS, { body: { metadata: { name: 'fine' }, data: { a: 'b' } } });
  assert.equal(fine.code, 201, fine.text);
  assert.match(String(fine.headers['warning']), /look out/);
  const refused = await api.call('POST', `${CONFIG_MAPS}?dryRun=All`, { body: { metadata: { name: 'bad' }, data: { bad: '' } } });
  assert.deepEqual(
    [refused.code, refused.body.message],
    [418, 'admission webhook "hook.example.com" denied the request: no bad data'],
  );
  assert.equal((await api.call('DELETE', `${CONFIG_MAPS}/fine`)).code, 200);
  const [create, dry, remove] = hook.seen;
  assert.deepEqual([create!.operation, create!.object?.metadata.name, create!.oldObject], ['CREATE', 'fine', null]);
  assert.deepEqual([create!.userInfo.username, create!.resource.resource, dry!.dryRun], ['system:admin', 'configmaps', true]);
  assert.deepEqual([remove!.operation, remove!.object, remove!.oldObject?.metadata.name], ['DELETE', null, 'fine']);
  // What its rules do not name it does not hear of.
  await api.call('POST', '/api/v1/namespaces/default/secrets', { body: { metadata: { name: 's' } } });
  assert.equal(hook.seen.length, 3);
});

test('a mutating webhook changes the object, which is judged and defaulted afterwards', async () => {
  await using api = await startApi();
  let operations: object[] = [{ op: 'add', path: '/metadata/labels', value: { hooked: 'yes' } }];
  await using hook = await startHook(api, () => patchOf(operations));
  await configure(api, 'Mutating', hook);
  const made = await api.call('POST', CONFIG_MAPS, { body: { metadata: { name: 'one' } } });
  assert.deepEqual([made.code, made.body.metadata.labels], [201, { hooked: 'yes' }]);
  operations = [{ op: 'add', path: '/metadata/labels', value: { 'not a label': '' } }];
  const judged = await api.call('POST', CONFIG_MAPS, { body: { metadata: { name: 'two' } } });
  assert.deepEqual([judged.code, judged.body.details.causes[0].field], [422, 'metadata.labels']);
  operations = [{ op: 'replace', path: '/metadata/name', value: 'three' }];
  const stolen = await api.call('POST', CONFIG_MAPS, { body: { metadata: { name: 'two' } } });
  assert.equal(stolen.code, 500);
  assert.match(stolen.body.message, /failed calling webhook "hook\.example\.com".*metadata\.name/);
});

test('custom resources are shown to webhooks, and pruned and defaulted after them', async () => {
  await using api = await startApi();
  const properties = { color: { type: 'string' }, size: { type: 'integer', default: 3 } };
  await define(api, { version: { schema: specSchema(properties) } });
  await using hook = await startHook(api, () => patchOf([{ op: 'add', path: '/spec', value: { color: 'red', nope: 1 } }]));
  const rules = [{ operations: ['CREATE'], apiGroups: ['example.com'], apiVersions: ['*'], resources: ['widgets'] }];
  await configure(api, 'Mutating', hook, { rules });
  const path = '/apis/example.com/v1/namespaces/default/widgets';
  const made = await api.call('POST', path, { body: { metadata: { name: 'a' } } });
  assert.deepEqual([made.code, made.body.spec], [201, { color: 'red', size: 3 }]);
  assert.equal(hook.seen[0]!.object!.apiVersion, 'example.com/v1');
});

test('webhooks see what those before them left, and once more if they ask for it', async () => {
  await using api = await startApi();
  await using first = await startHook(api, () => ({ allowed: true }));
  await using second = await startHook(api, () => patchOf([{ op: 'add', path: '/data', value: { by: 'second' } }]));
  await configure(api, 'Mutating', first, { reinvocationPolicy: 'IfNeeded' }, 'a');
  await configure(api, 'Mutating', second, {}, 'b');
  await api.call('POST', CONFIG_MAPS, { body: { metadata: { name: 'one' } } });
  assert.deepEqual(
    first.seen.map(({ object }) => object?.['data']?.by),
    [undefined, 'second'],
  );
  assert.equal(second.seen.length, 1);
});

test('selectors narrow what is sent', async () => {
  await using api = await startApi();
  await using hook = await startHook(api, () => ({ allowed: false }));
  await api.call('POST', CONFIG_MAPS, { body: { metadata: { name: 'guarded', labels: { guarded: 'yes' } } } });
  await configure(api, 'Validating', hook, {
    namespaceSelector: { matchLabels: { 'kubernetes.io/metadata.name': 'default' } },
    objectSelector: { matchLabels: { guarded: 'yes' } },
  });
  const create = async (namespace: string, labels: object): Promise<number> =>
    (await api.call('POST', `/api/v1/namespaces/${namespace}/configmaps`, { body: { metadata: { name: 'm', labels } } })).code;
  assert.equal(await create('kube-public', { guarded: 'yes' }), 201);
  assert.equal(await create('default', { guarded: 'yes' }), 400);
  assert.equal(await create('default', {}), 201);
  // A change of labels is no way out.
  const relabel = async (name: string, guarded: string | null): Promise<number> => {
    const body = { metadata: { labels: { guarded } } };
    const headers = { 'content-type': 'application/merge-patch+json' };
    return (await api.call('PATCH', `${CONFIG_MAPS}/${name}`, { headers, body })).code;
  };
  assert.equal(await relabel('m', 'yes'), 400);
  assert.equal(await relabel('guarded', null), 400);
});

test('a webhook that does not answer stops the request, or is passed over, as its policy says', async () => {
  await using api = await startApi();
  await using silent = await startHook(api, () => undefined);
  await configure(api, 'Validating', silent, { timeoutSeconds: 1 });
  const body = { metadata: { name: 'one' } };
  const stopped = await api.call('POST', CONFIG_MAPS, { body });
  assert.equal(stopped.code, 500);
  assert.match(
    stopped.body.message,
    /failed calling webhook "hook\.example\.com": failed to call webhook: Post "https:\/\/127\.0\.0\.1:\d+\/review\?timeout=1s": context deadline exceeded/,
  );
  const path = '/apis/admissionregistration.k8s.io/v1/validatingwebhookconfigurations/c';
  const policy = [{ op: 'replace', path: '/webhooks/0/failurePolicy', value: 'Ignore' }];
  await api.call('PATCH', path, { headers: { 'content-type': 'application/json-patch+json' }, body: policy });
  assert.equal((await api.call('POST', CONFIG_MAPS, { body })).code, 201);
});

test('who is not who the configuration says is not believed', async () => {
  await using api = await startApi();
  await using other = await startApi();
  await using hook = await startHook(api, () => ({ allowed: true }));
  const caBundle = Buffer.from(other.certificates.caPem).toString('base64');
  await configure(api, 'Validating', hook, { clientConfig: { url: hook.url, caBundle } });
  const refused = await api.call('POST', CONFIG_MAPS, { body: { metadata: { name: 'one' } } });
  assert.equal(refused.code, 500);
  assert.match(refused.body.message, /Post "https:\/\/127\.0\.0\.1:\d+\/review\?timeout=10s": .*certificate/);
  assert.equal(hook.seen.length, 0);
});

test('a service is asked at its cluster IP, and shows the certificate of its DNS name', async () => {
  await using api = await startApi({ ranges: { clusterIPs: '127.0.77.0/24', nodePorts: '30000-32767' } });
  const service = await api.call('POST', '/api/v1/namespaces/default/services', {
    body: { metadata: { name: 'hook' }, spec: { ports: [{ port: 443 }] } },
  });
  await using hook = await startHook(api, () => ({ allowed: true }), service.body.spec.clusterIP);
  const { port } = new URL(hook.url);
  const clientConfig = {
    caBundle: hook.caBundle,
    service: { namespace: 'default', name: 'hook', path: '/x', port: Number(port) },
  };
  await configure(api, 'Validating', hook, { clientConfig });
  assert.equal((await api.call('POST', CONFIG_MAPS, { body: { metadata: { name: 'one' } } })).code, 201);
  assert.equal(hook.seen.length, 1);
  await api.call('DELETE', '/api/v1/namespaces/default/services/hook');
  const gone = await api.call('POST', CONFIG_MAPS, { body: { metadata: { name: 'two' } } });
  assert.match(gone.body.message, /failed to call webhook: service "hook\.default\.svc" not found/);
});

test('a webhook for everything cannot keep anybody from removing it', async () => {
  await using api = await startApi();
  await using hook = await startHook(api, () => ({ allowed: false }));
  await configure(api, 'Validating', hook, {
    rules: [{ operations: ['*'], apiGroups: ['*'], apiVersions: ['*'], resources: ['*/*'] }],
  });
  assert.equal((await api.call('POST', CONFIG_MAPS, { body: { metadata: { name: 'one' } } })).code, 400);
  const path = '/apis/admissionregistration.k8s.io/v1/validatingwebhookconfigurations/c';
  assert.equal((await api.call('DELETE', path)).code, 200);
  assert.equal((await api.call('POST', CONFIG_MAPS, { body: { metadata: { name: 'one' } } })).code, 201);
});

test('match conditions say whether a webhook is asked; one that fails counts as the failure policy says', async () => {
  await using api = await startApi();
  await using hook = await startHook(api, () => ({ allowed: true }));
  const condition = (expression: string): object => ({ matchConditions: [{ name: 'c', expression }] });
  await configure(api, 'Validating', hook, condition("object.metadata.name == 'asked' && request.userInfo.username != 'nobody'"));
  await configure(
    api,
    'Mutating',
    hook,
    { ...condition("has(object.data) && object.data.n == '1'"), failurePolicy: 'Ignore' },
    'm',
  );
  await configure(api, 'Mutating', hook, { ...condition('object.nothing == 1'), failurePolicy: 'Ignore' }, 'n');
  for (const name of ['asked', 'spared'])
    assert.equal((await api.call('POST', CONFIG_MAPS, { body: { metadata: { name } } })).code, 201);
  assert.deepEqual(
    hook.seen.map(({ object }) => object?.metadata.name),
    ['asked'],
  );
  await configure(api, 'Validating', hook, condition('object.nothing == 1'), 'strict');
  const refused = await api.call('POST', CONFIG_MAPS, { body: { metadata: { name: 'other' } } });
  assert.deepEqual(
    [refused.code, refused.body.message],
    [403, `configmaps "other" is forbidden: expression 'object.nothing == 1' resulted in error: no such key: nothing`],
  );
  const wrong = await api.call('POST', '/apis/admissionregistration.k8s.io/v1/validatingwebhookconfigurations', {
    body: {
      metadata: { name: 'w' },
      webhooks: [
        {
          name: 'hook.example.com',
          clientConfig: { url: hook.url },
          rules: RULES,
          sideEffects: 'None',
          admissionReviewVersions: ['v1'],
          ...condition('params.x == 1'),
        },
      ],
    },
  });
  assert.equal(wrong.body.details.causes[0].field, 'webhooks[0].matchConditions[0].expression');
  assert.match(wrong.body.details.causes[0].message, /undeclared reference to 'params'/);
});
