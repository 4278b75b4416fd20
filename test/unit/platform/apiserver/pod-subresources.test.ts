import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type ApiUnderTest, type Reply, startApi } from './api-under-test.ts';

const PODS = '/api/v1/namespaces/default/pods';
const BUDGETS = '/apis/policy/v1/namespaces/default/poddisruptionbudgets';

async function startWithAccount(): Promise<ApiUnderTest> {
  const api = await startApi();
  await api.call('POST', '/api/v1/namespaces/default/serviceaccounts', { body: { metadata: { name: 'default' } } });
  return api;
}

/** A pod that its node says is running, and ready or not. */
async function runningPod(api: ApiUnderTest, name: string, ready = true): Promise<void> {
  const spec = { automountServiceAccountToken: false, containers: [{ name: 'c', image: 'i' }] };
  const made = await api.call('POST', PODS, { body: { metadata: { name, labels: { app: 'web' } }, spec } });
  assert.equal(made.code, 201, made.text);
  const conditions = [{ type: 'Ready', status: ready ? 'True' : 'False' }];
  const body = { ...made.body, status: { ...made.body.status, phase: 'Running', conditions } };
  assert.equal((await api.call('PUT', `${PODS}/${name}/status`, { body })).code, 200);
}

const evict = (api: ApiUnderTest, name: string, more: object = {}): Promise<Reply> =>
  api.call('POST', `${PODS}/${name}/eviction`, {
    body: { apiVersion: 'policy/v1', kind: 'Eviction', metadata: { name }, ...more },
  });

async function makeBudget(api: ApiUnderTest, name: string, status: object | undefined, spec: object = {}): Promise<void> {
  const selector = { matchLabels: { app: 'web' } };
  const made = await api.call('POST', BUDGETS, { body: { metadata: { name }, spec: { minAvailable: 1, selector, ...spec } } });
  if (status === undefined) return;
  const counted = {
    observedGeneration: 1,
    currentHealthy: 2,
    desiredHealthy: 1,
    expectedPods: 2,
    disruptionsAllowed: 1,
    ...status,
  };
  const put = await api.call('PUT', `${BUDGETS}/${name}/status`, { body: { ...made.body, status: counted } });
  assert.equal(put.code, 200, put.text);
}

test('an eviction is charged to the budget, and refused when nothing is left', async () => {
  await using api = await startWithAccount();
  await runningPod(api, 'one');
  await runningPod(api, 'two');
  await makeBudget(api, 'web', {});
  const dry = await evict(api, 'one', { deleteOptions: { dryRun: ['All'] } });
  assert.equal(dry.code, 201, dry.text);
  assert.equal((await api.call('GET', `${BUDGETS}/web`)).body.status.disruptionsAllowed, 1);
  assert.equal((await evict(api, 'one')).code, 201);
  assert.equal((await api.call('GET', `${PODS}/one`)).code, 404);
  const { status } = (await api.call('GET', `${BUDGETS}/web`)).body;
  assert.deepEqual([status.disruptionsAllowed, Object.keys(status.disruptedPods)], [0, ['one']]);
  assert.deepEqual(
    status.conditions.map((each: { type: string; status: string }) => [each.type, each.status]),
    [['DisruptionAllowed', 'False']],
  );
  const refused = await evict(api, 'two');
  assert.deepEqual([refused.code, refused.headers['retry-after']], [429, undefined]);
  assert.equal(refused.body.message, "Cannot evict pod as it would violate the pod's disruption budget.");
  assert.deepEqual(refused.body.details.causes, [
    { reason: 'DisruptionBudget', message: 'The disruption budget web needs 1 healthy pods and has 2 currently' },
  ]);
  assert.equal((await api.call('GET', `${PODS}/two`)).code, 200);
});

test('a budget that nobody has counted yet lets nothing go; two of them are one too many', async () => {
  await using api = await startWithAccount();
  await runningPod(api, 'one');
  await makeBudget(api, 'new', undefined);
  const early = await evict(api, 'one');
  assert.deepEqual(
    [early.code, early.headers['retry-after'], early.body.details.causes[0].message],
    [429, '10', 'The disruption budget new is still being processed by the server.'],
  );
  await makeBudget(api, 'other', {});
  assert.match((await evict(api, 'one')).body.message, /This pod has more than one PodDisruptionBudget/);
});

test('what is not healthy may go when enough others are, or when the budget says so', async () => {
  await using api = await startWithAccount();
  await runningPod(api, 'sick', false);
  await makeBudget(api, 'web', { disruptionsAllowed: 0, currentHealthy: 0 });
  assert.equal((await evict(api, 'sick')).code, 429);
  await api.call('PATCH', `${BUDGETS}/web`, {
    headers: { 'content-type': 'application/merge-patch+json' },
    body: { spec: { unhealthyPodEvictionPolicy: 'AlwaysAllow' } },
  });
  assert.equal((await evict(api, 'sick')).code, 201);
});

test('an eviction of another pod than the one that was meant is refused', async () => {
  await using api = await startWithAccount();
  await runningPod(api, 'one');
  const wrong = await evict(api, 'one', { deleteOptions: { preconditions: { uid: 'other' } } });
  assert.equal(wrong.code, 409);
  assert.match(wrong.body.message, /Precondition failed: UID in precondition: other/);
});

test('containers for looking around are added, and nothing else is changed', async () => {
  await using api = await startWithAccount();
  await runningPod(api, 'one');
  const path = `${PODS}/one/ephemeralcontainers`;
  const patch = (ephemeralContainers: object[], more: object = {}): Promise<Reply> =>
    api.call('PATCH', path, {
      headers: { 'content-type': 'application/strategic-merge-patch+json' },
      body: { spec: { ephemeralContainers, ...more } },
    });
  const added = await patch([{ name: 'debug', image: 'tools', targetContainerName: 'c' }], { nodeName: 'elsewhere' });
  assert.equal(added.code, 200, added.text);
  assert.equal(added.body.spec.ephemeralContainers[0].terminationMessagePolicy, 'File');
  assert.equal(added.body.spec.nodeName, undefined);
  const table: [object, RegExp][] = [
    [{ name: 'c', image: 'i' }, /spec\.ephemeralContainers\[\d\]\.name: Duplicate value: "c"/],
    [{ name: 'd', image: 'i', targetContainerName: 'x' }, /targetContainerName: Not found: "x"/],
    [{ name: 'd', image: 'i', ports: [{ containerPort: 1 }] }, /ports: Forbidden: cannot be set for an Ephemeral Container/],
  ];
  for (const [container, wanted] of table) {
    const refused = await patch([container]);
    assert.equal(refused.code, 422, refused.text);
    assert.match(refused.body.message, wanted);
  }
  const { body } = await api.call('GET', path);
  const changed = {
    ...body,
    spec: { ...body.spec, ephemeralContainers: [{ ...body.spec.ephemeralContainers[0], image: 'other' }] },
  };
  assert.match(
    (await api.call('PUT', path, { body: changed })).body.message,
    /existing ephemeral containers "debug" may not be changed/,
  );
  const removed = { ...body, spec: { ...body.spec, ephemeralContainers: [] } };
  assert.match(
    (await api.call('PUT', path, { body: removed })).body.message,
    /existing ephemeral containers "debug" may not be removed/,
  );
  const labelled = await api.call('PATCH', `${PODS}/one`, {
    headers: { 'content-type': 'application/merge-patch+json' },
    body: { metadata: { labels: { seen: 'yes' } } },
  });
  assert.equal(labelled.code, 200, labelled.text);
  // Neither a create nor an update of the pod itself brings any.
  const unversioned = { ...changed, metadata: { ...changed.metadata, resourceVersion: '' } };
  const direct = await api.call('PUT', `${PODS}/one`, { body: unversioned });
  assert.equal(direct.code, 422);
  const born = {
    metadata: { name: 'born' },
    spec: { containers: [{ name: 'c', image: 'i' }], ephemeralContainers: [{ name: 'd', image: 'i' }] },
  };
  assert.match(
    (await api.call('POST', PODS, { body: born })).body.message,
    /spec\.ephemeralContainers: Forbidden: cannot be set on create/,
  );
});
