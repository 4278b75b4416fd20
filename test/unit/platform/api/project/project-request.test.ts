import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createMemoryBackend } from '../../../../../lib/platform/storage/memory/memory-backend.ts';
import { FakeClock } from '../../../../support/fake-clock.ts';
import { type ApiUnderTest, startApi } from '../../apiserver/api-under-test.ts';

const REQUESTS = '/apis/project.openshift.io/v1/projectrequests';
const PROJECTS = '/apis/project.openshift.io/v1/projects';
const RBAC = '/apis/rbac.authorization.k8s.io/v1';
const ALICE = 'alice@system:authenticated:oauth';
const UNFINISHED = 'openshift.io/unfinished-request';

const ask = (api: ApiUnderTest, name: string, fields: object = {}, as = ALICE) =>
  api.call('POST', REQUESTS, { as, body: { metadata: { name }, ...fields } });
const namesAt = async (api: ApiUnderTest, path: string): Promise<string[]> =>
  (await api.call('GET', path)).body.items.map(({ metadata }: { metadata: { name: string } }) => metadata.name);

test('whoever has logged in gets a project with its accounts and is its administrator', async () => {
  await using api = await startApi();
  const told = await api.call('GET', REQUESTS, { as: ALICE });
  assert.deepEqual([told.code, told.body.kind, told.body.status], [200, 'Status', 'Success']);
  const made = await ask(api, 'shop', { displayName: 'My shop', description: 'Sells' });
  assert.equal(made.code, 201, made.text);
  assert.equal(made.body.kind, 'Project');
  assert.deepEqual(made.body.metadata.annotations, {
    'openshift.io/description': 'Sells',
    'openshift.io/display-name': 'My shop',
    'openshift.io/requester': 'alice',
  });
  assert.deepEqual(made.body, (await api.call('GET', `${PROJECTS}/shop`)).body);
  assert.deepEqual(await namesAt(api, '/api/v1/namespaces/shop/serviceaccounts'), ['builder', 'default', 'deployer']);
  const { items } = (await api.call('GET', `${RBAC}/namespaces/shop/rolebindings`)).body;
  const subjectsByRole = items.map((binding: { roleRef: { name: string }; subjects: { kind: string; name: string }[] }) => [
    binding.roleRef.name,
    ...binding.subjects.map(({ kind, name }) => `${kind} ${name}`),
  ]);
  assert.deepEqual(subjectsByRole, [
    ['admin', 'User alice'],
    ['system:deployer', 'ServiceAccount deployer'],
    ['system:image-builder', 'ServiceAccount builder'],
    ['system:image-puller', 'Group system:serviceaccounts:shop'],
  ]);
  const again = await ask(api, 'shop');
  assert.deepEqual([again.code, again.body.message], [409, 'project.project.openshift.io "shop" already exists']);
});

test('names that cannot be, or are not to be had, are refused before anything is made', async () => {
  await using api = await startApi();
  const message = async (name: string, fields: object, code: number): Promise<string> => {
    const reply = await ask(api, name, fields);
    assert.equal(reply.code, code, reply.text);
    return reply.body.message;
  };
  assert.match(
    await message('Shop', {}, 422),
    /ProjectRequest\.project\.openshift\.io "Shop" is invalid: metadata\.name: Invalid value: "Shop"/,
  );
  assert.match(await message('x', {}, 422), /must be at least 2 characters long/);
  assert.match(await message('', {}, 422), /metadata\.name: Required value/);
  assert.match(await message('lines', { displayName: 'a\nb' }, 422), /displayName: Invalid value: "a\\nb": may not contain/);
  assert.match(await message('kube-mine', {}, 403), /cannot request a project starting with "kube-"/);
  assert.match(await message('openshift', {}, 403), /cannot request a project with the name "openshift"/);
  assert.deepEqual(await namesAt(api, PROJECTS), ['default', 'kube-node-lease', 'kube-public', 'kube-system', 'openshift']);
  const dry = await api.call('POST', `${REQUESTS}?dryRun=All`, { as: ALICE, body: { metadata: { name: 'tried' } } });
  assert.deepEqual([dry.code, dry.body.metadata.name], [201, 'tried']);
  assert.equal((await api.call('GET', `${PROJECTS}/tried`)).code, 404);
});

test('the right to request projects can be taken away; who has it not is told what the configuration says', async () => {
  await using api = await startApi({ settings: { projects: { requestMessage: 'Ask the office for a project.' } } });
  const stranger = await ask(api, 'mine', {}, 'mallory');
  assert.equal(stranger.code, 403);
  assert.equal(stranger.body.message, 'projectrequests.project.openshift.io is forbidden: Ask the office for a project.');
  const told = await api.call('GET', REQUESTS, { as: 'mallory@system:authenticated' });
  assert.deepEqual([told.code, told.body.message], [403, stranger.body.message]);
  await api.call('DELETE', `${RBAC}/clusterrolebindings/self-provisioners`);
  assert.equal((await ask(api, 'mine')).code, 403);
  assert.equal((await ask(api, 'mine', {}, 'admin')).code, 201);
});

test('pods of a requested project get nothing of the node until an administrator says so', async () => {
  await using api = await startApi();
  assert.equal((await ask(api, 'shop')).code, 201);
  const pod = (spec: object) => ({
    metadata: { generateName: 'p-' },
    spec: { containers: [{ name: 'c', image: 'x' }], ...spec },
  });
  const PODS = '/api/v1/namespaces/shop/pods';
  const volumes = [{ name: 'host', hostPath: { path: '/' } }];
  assert.equal((await api.call('POST', PODS, { body: pod({}) })).code, 201);
  for (const spec of [
    { volumes },
    { hostPID: true },
    { containers: [{ name: 'c', image: 'x', securityContext: { privileged: true } }] },
  ]) {
    const refused = await api.call('POST', PODS, { body: pod(spec) });
    assert.equal(refused.code, 403, refused.text);
    assert.match(refused.body.message, /violates PodSecurity "baseline:latest"/);
  }
  const labels = { metadata: { labels: { 'pod-security.kubernetes.io/enforce': 'privileged' } } };
  assert.equal((await api.call('PATCH', '/api/v1/namespaces/shop', { as: ALICE, body: labels })).code, 403);
  assert.equal((await api.call('PATCH', `${PROJECTS}/shop`, { body: labels })).code, 422);
  assert.equal((await api.call('PATCH', '/api/v1/namespaces/shop', { body: labels })).code, 200);
  assert.equal((await api.call('POST', PODS, { body: pod({ volumes }) })).code, 201);
});

test('a template of the configuration says what a requested project has', async () => {
  const requestTemplate = { namespace: 'default', name: 'project-request' };
  await using api = await startApi({ settings: { projects: { requestMessage: 'no', requestTemplate } } });
  const missing = await ask(api, 'first');
  assert.equal(missing.code, 500);
  assert.match(missing.body.message, /the project template default\/project-request is not usable: it is not there/);
  const quota = { apiVersion: 'v1', kind: 'ResourceQuota', metadata: { name: 'small' }, spec: { hard: { pods: '${PODS}' } } };
  const binding = {
    apiVersion: 'rbac.authorization.k8s.io/v1',
    kind: 'RoleBinding',
    metadata: { name: 'owner' },
    roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name: 'edit' },
    subjects: [{ apiGroup: 'rbac.authorization.k8s.io', kind: 'User', name: '${PROJECT_ADMIN_USER}' }],
  };
  const project = {
    apiVersion: 'project.openshift.io/v1',
    kind: 'Project',
    metadata: {
      name: '${PROJECT_NAME}',
      labels: { tier: 'free' },
      annotations: { 'openshift.io/display-name': '${PROJECT_DISPLAYNAME}' },
    },
  };
  const TEMPLATES = '/apis/template.openshift.io/v1/namespaces/default/templates';
  const template = {
    metadata: { name: 'project-request' },
    parameters: [
      ...['PROJECT_NAME', 'PROJECT_DISPLAYNAME', 'PROJECT_ADMIN_USER'].map((name) => ({ name })),
      { name: 'PODS', value: '5' },
    ],
    objects: [project, quota, binding],
  };
  assert.equal((await api.call('POST', TEMPLATES, { body: template })).code, 201);
  const made = await ask(api, 'first', { displayName: 'First' });
  assert.equal(made.code, 201, made.text);
  assert.deepEqual(
    [made.body.metadata.labels, made.body.metadata.annotations],
    [
      { 'kubernetes.io/metadata.name': 'first', 'pod-security.kubernetes.io/enforce': 'baseline', tier: 'free' },
      { 'openshift.io/display-name': 'First', 'openshift.io/requester': 'alice' },
    ],
  );
  assert.equal((await api.call('GET', '/api/v1/namespaces/first/resourcequotas/small')).body.spec.hard.pods, '5');
  assert.deepEqual(await namesAt(api, `${RBAC}/namespaces/first/rolebindings`), [
    'owner',
    'system:deployers',
    'system:image-builders',
    'system:image-pullers',
  ]);
  // One that cannot be carried out leaves nothing that is in use.
  await api.call('PATCH', `${TEMPLATES}/project-request`, {
    body: { objects: [project, { ...quota, spec: { hard: { pods: 'many' } } }] },
  });
  const failed = await ask(api, 'second');
  assert.equal(failed.code, 400, failed.text);
  assert.equal((await api.call('GET', `${PROJECTS}/second`)).body.status.phase, 'Terminating');
});

test('a request that is cut off by a kill is finished by asking again, for its own requester only', async () => {
  const backend = createMemoryBackend();
  const create = backend.create.bind(backend);
  const stuck = Promise.withResolvers<void>();
  const end = Promise.withResolvers<never>();
  end.promise.catch(() => undefined);
  let cutOff = true;
  backend.create = (key, value) => {
    if (!cutOff || !key.endsWith('/rolebindings/cut/admin')) return create(key, value);
    cutOff = false;
    stuck.resolve();
    return end.promise;
  };
  const clock = new FakeClock();
  await using api = await startApi({ clock, backend });
  const cut = ask(api, 'cut', { displayName: 'Cut' });
  await stuck.promise;
  assert.ok(UNFINISHED in (await api.call('GET', `${PROJECTS}/cut`)).body.metadata.annotations);
  assert.equal((await ask(api, 'cut')).code, 409);
  await clock.advance(20_000);
  assert.equal((await ask(api, 'cut', {}, 'bob@system:authenticated:oauth')).code, 409);
  const finished = await ask(api, 'cut');
  assert.equal(finished.code, 201, finished.text);
  assert.deepEqual(Object.keys(finished.body.metadata.annotations).includes(UNFINISHED), false);
  assert.ok((await namesAt(api, `${RBAC}/namespaces/cut/rolebindings`)).includes('admin'));
  end.reject(new Error('killed'));
  await cut;
});

test('nobody gets more projects than the first limit that fits his labels says, however many he asks for at once', async () => {
  const byLabels = [{ selector: { level: 'admin' } }, { selector: { level: 'advanced' }, maxProjects: 3 }, { maxProjects: 2 }];
  const limits = { byLabels, forSystemUsers: 1 };
  await using api = await startApi({ settings: { projects: { requestMessage: 'no', limits } } });
  const users = { alice: {}, carol: { level: 'advanced' }, dan: { level: 'admin' } };
  for (const [name, labels] of Object.entries(users))
    await api.call('POST', '/apis/user.openshift.io/v1/users', { body: { metadata: { name, labels } } });
  const asked = async (name: string): Promise<number[]> => {
    const as = `${name}@system:authenticated:oauth`;
    const replies = await Promise.all(
      Array.from({ length: 5 }, (_each, i) => ask(api, `${name.replace(':', '-')}-${i}`, {}, as)),
    );
    const refused = replies.find(({ code }) => code !== 201);
    if (refused !== undefined)
      assert.match(
        refused.body.message,
        new RegExp(
          `^projectrequests\\.project\\.openshift\\.io "${name.replace(':', '-')}-\\d" is forbidden: user ${name} cannot create more than \\d project\\(s\\)\\.$`,
        ),
      );
    return replies.map(({ code }) => code).toSorted((a, b) => a - b);
  };
  assert.deepEqual(await asked('alice'), [201, 201, 403, 403, 403]);
  assert.deepEqual(await asked('carol'), [201, 201, 201, 403, 403]);
  assert.deepEqual(await asked('dan'), [201, 201, 201, 201, 201]);
  assert.deepEqual(await asked('robots:one'), [201, 403, 403, 403, 403]);
  assert.equal((await ask(api, 'ours', {}, 'admin')).code, 201);
  // One that goes away leaves room for another.
  const [mine] = (await namesAt(api, PROJECTS)).filter((each) => each.startsWith('alice-'));
  assert.equal((await ask(api, 'one-more')).code, 403);
  assert.equal((await api.call('DELETE', `${PROJECTS}/${mine}`)).code, 200);
  assert.equal((await ask(api, 'one-more')).code, 201);
});

test('a requested project holds so much and no more; what an administrator made is his own', async () => {
  await using api = await startApi({ projectBounds: { objects: 12, bytes: 64 << 10 } });
  await ask(api, 'shop');
  // The role of a project's administrator is put together by a controller, which does not run here.
  await api.call('POST', `${RBAC}/namespaces/shop/rolebindings`, {
    body: {
      metadata: { name: 'all' },
      roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name: 'cluster-admin' },
      subjects: [{ apiGroup: 'rbac.authorization.k8s.io', kind: 'User', name: 'alice' }],
    },
  });
  const maps = '/api/v1/namespaces/shop/configmaps';
  const write = (name: string, as = ALICE, data = {}) => api.call('POST', maps, { as, body: { metadata: { name }, data } });
  const codes: number[] = [];
  for (let i = 0; i < 12; i++) codes.push((await write(`c${i}`)).code);
  const made = codes.filter((code) => code === 201).length;
  assert.ok(made > 2 && made < 12, codes.join());
  const refused = await write('more');
  assert.equal(
    refused.body.message,
    'configmaps "more" is forbidden: the project shop has 12 objects, of 12 that it may have: delete some of them first',
  );
  assert.equal((await api.call('DELETE', `${maps}/c0`, { as: ALICE })).code, 200);
  assert.equal((await write('large', ALICE, { text: 'x'.repeat(70 << 10) })).code, 201);
  assert.equal((await api.call('DELETE', `${maps}/c1`, { as: ALICE })).code, 200);
  const full = /the project shop has 0 MiB of objects, of 0 that it may have/;
  assert.match((await write('more')).body.message, full);
  const change = { data: { more: 'y' } };
  assert.match((await api.call('PATCH', `${maps}/large`, { as: ALICE, body: change })).body.message, full);
  // The platform's own writes go on.
  assert.equal((await api.call('PATCH', `${maps}/large`, { body: change })).code, 200);
  assert.equal((await api.call('DELETE', `${maps}/large`, { as: ALICE })).code, 200);
  assert.equal((await write('more')).code, 201);
  for (let i = 0; i < 20; i++)
    assert.equal(
      (await api.call('POST', '/api/v1/namespaces/default/configmaps', { body: { metadata: { name: `c${i}` } } })).code,
      201,
    );
});
