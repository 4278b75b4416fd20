import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { type ApiUnderTest, frames, startApi, take } from '../../apiserver/api-under-test.ts';
import { processorTime } from '../../../../support/processor-time.ts';

let t: ApiUnderTest;
before(async () => {
  t = await startApi();
});
after(() => t[Symbol.asyncDispose]());

const PROJECTS = '/apis/project.openshift.io/v1/projects';
const NAMESPACES = '/api/v1/namespaces';
const bindings = (namespace: string): string => `/apis/rbac.authorization.k8s.io/v1/namespaces/${namespace}/rolebindings`;
const DISPLAY_NAME = 'openshift.io/display-name';

async function must(code: number, method: string, path: string, body?: unknown, as = 'admin') {
  const reply = await t.call(method, path, { as, ...(body === undefined ? {} : { body }) });
  assert.equal(reply.code, code, `${as} ${method} ${path}: ${reply.text}`);
  return reply.body;
}
const makeProject = (name: string, annotations: object = {}) => must(201, 'POST', PROJECTS, { metadata: { name, annotations } });

const VIEW = 'system:openshift:aggregate-to-view';
const binding = (user: string, name = VIEW, kind = 'ClusterRole') => ({
  apiVersion: 'rbac.authorization.k8s.io/v1',
  kind: 'RoleBinding',
  metadata: { name: user },
  roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind, name },
  subjects: [{ kind: 'User', apiGroup: 'rbac.authorization.k8s.io', name: user }],
});
const grant = (user: string, namespace: string, role = VIEW) => must(201, 'POST', bindings(namespace), binding(user, role));
const takeAway = (user: string, namespace: string) => must(200, 'DELETE', `${bindings(namespace)}/${user}`);

async function namesFor(user: string, query = ''): Promise<string[]> {
  const list = await must(200, 'GET', `${PROJECTS}${query}`, undefined, user);
  return list.items.map(({ metadata }: { metadata: { name: string } }) => metadata.name);
}
const seen = (events: { type: string; object: { metadata: { name?: string } } }[]): string[] =>
  events.map(({ type, object }) => `${type} ${object.metadata.name}`);

test('a project is its namespace: the same object, seen from both sides', async () => {
  const made = await makeProject('shop', { [DISPLAY_NAME]: 'My shop' });
  assert.deepEqual([made.apiVersion, made.kind, made.status], ['project.openshift.io/v1', 'Project', { phase: 'Active' }]);
  const namespace = await must(200, 'GET', `${NAMESPACES}/shop`);
  assert.deepEqual(namespace.metadata, made.metadata);
  assert.equal(namespace.metadata.annotations[DISPLAY_NAME], 'My shop');
  const patch = { metadata: { annotations: { [DISPLAY_NAME]: 'Our shop' } } };
  const patched = await must(200, 'PATCH', `${PROJECTS}/shop`, patch);
  assert.deepEqual((await must(200, 'GET', `${NAMESPACES}/shop`)).metadata, patched.metadata);
  await must(201, 'POST', NAMESPACES, { metadata: { name: 'plain' } });
  assert.equal((await must(200, 'GET', `${PROJECTS}/plain`)).kind, 'Project');
  const table = await t.call('GET', `${PROJECTS}/shop`, { headers: { accept: 'application/json;as=Table;v=v1;g=meta.k8s.io' } });
  assert.deepEqual(
    [table.body.columnDefinitions.map(({ name }: { name: string }) => name), table.body.rows[0].cells],
    [
      ['Name', 'Display Name', 'Status'],
      ['shop', 'Our shop', 'Active'],
    ],
  );
  const deleted = await must(200, 'DELETE', `${PROJECTS}/shop`);
  assert.deepEqual([deleted.kind, deleted.status.phase], ['Project', 'Terminating']);
  assert.equal((await must(200, 'GET', `${NAMESPACES}/shop`)).status.phase, 'Terminating');
  const kept = await must(403, 'DELETE', `${PROJECTS}/default`);
  assert.match(kept.message, /this namespace may not be deleted/);
});

test('what a project may not be is refused in words about projects', async () => {
  const refused = async (metadata: object): Promise<string> => (await must(422, 'POST', PROJECTS, { metadata })).message;
  assert.equal(
    await refused({ name: 'x' }),
    'Project.project.openshift.io "x" is invalid: metadata.name: Invalid value: "x": must be at least 2 characters long',
  );
  assert.match(
    await refused({ name: 'lines', annotations: { [DISPLAY_NAME]: 'a\nb' } }),
    /metadata\.annotations\[openshift\.io\/display-name\]: Invalid value: "a\\nb": may not contain a new line or tab/,
  );
  assert.match(await refused({ name: 'Upper' }), /metadata\.name: Invalid value: "Upper": a lowercase RFC 1123 label/);
});

test('who administers a project names and describes it, and decides nothing else about its namespace', async () => {
  await makeProject('mine');
  await grant('ann', 'mine', 'system:openshift:aggregate-to-admin');
  const change = (metadata: object, code: number) => must(code, 'PATCH', `${PROJECTS}/mine`, { metadata }, 'ann');
  const named = await change({ annotations: { [DISPLAY_NAME]: 'Mine' } }, 200);
  assert.equal(named.metadata.annotations[DISPLAY_NAME], 'Mine');
  const level = { 'pod-security.kubernetes.io/enforce': 'privileged' };
  assert.match(
    (await change({ labels: level }, 422)).message,
    /metadata\.labels\[pod-security\.kubernetes\.io\/enforce\]: Invalid value: "privileged": field is immutable, try updating the namespace/,
  );
  assert.match((await change({ annotations: { 'openshift.io/node-selector': 'a=b' } }, 422)).message, /field is immutable/);
  // Whom the namespace belongs to may do all of that.
  await must(200, 'PATCH', `${NAMESPACES}/mine`, { metadata: { labels: level } });
  assert.match((await change({ labels: { 'pod-security.kubernetes.io/enforce': null } }, 422)).message, /field is immutable/);
  await must(403, 'PATCH', `${NAMESPACES}/mine`, { metadata: { labels: { a: 'b' } } }, 'ann');
  await must(403, 'POST', PROJECTS, { metadata: { name: 'anns' } }, 'ann');
  await must(403, 'DELETE', `${PROJECTS}/plain`, undefined, 'ann');
  await must(200, 'DELETE', `${PROJECTS}/mine`, undefined, 'ann');
});

test('everybody is listed the projects that they may get, and these only', async () => {
  await makeProject('for-bob');
  await makeProject('for-carol', { [DISPLAY_NAME]: 'secret' });
  assert.deepEqual(await namesFor('bob'), []);
  await grant('bob', 'for-bob');
  assert.deepEqual(await namesFor('bob'), ['for-bob']);
  await must(200, 'GET', `${PROJECTS}/for-bob`, undefined, 'bob');
  const other = await must(403, 'GET', `${PROJECTS}/for-carol`, undefined, 'bob');
  assert.match(
    other.message,
    /User "bob" cannot get resource "projects" in API group "project\.openshift\.io" in the namespace "for-carol"/,
  );
  assert.deepEqual(await namesFor('bob', '?fieldSelector=metadata.name%3Dfor-carol'), []);
  assert.deepEqual(await namesFor('bob', '?limit=1'), ['for-bob']);
  assert.ok((await namesFor('admin')).includes('for-carol'));
  // A right that is no right to get the project shows nothing.
  await must(201, 'POST', '/apis/rbac.authorization.k8s.io/v1/namespaces/for-carol/roles', {
    metadata: { name: 'pods' },
    rules: [{ verbs: ['get'], apiGroups: [''], resources: ['pods'] }],
  });
  await must(201, 'POST', bindings('for-carol'), binding('bob', 'pods', 'Role'));
  assert.deepEqual(await namesFor('bob'), ['for-bob']);
  await takeAway('bob', 'for-bob');
  assert.deepEqual(await namesFor('bob'), []);
});

test('a watch shows a project when a role in it is given, and takes it away with the role', async () => {
  await makeProject('before');
  await makeProject('later', { [DISPLAY_NAME]: 'Later' });
  await grant('dave', 'before');
  const events = frames(await t.open('GET', `${PROJECTS}?watch=true`, { as: 'dave' }));
  assert.deepEqual(seen(await take(events, 1)), ['ADDED before']);
  await grant('dave', 'later');
  const [added] = await take(events, 1);
  assert.equal(added!.type, 'ADDED');
  assert.deepEqual(added!.object, await must(200, 'GET', `${PROJECTS}/later`, undefined, 'dave'));
  await must(200, 'PATCH', `${PROJECTS}/later`, { metadata: { annotations: { [DISPLAY_NAME]: 'Now' } } });
  assert.deepEqual(seen(await take(events, 1)), ['MODIFIED later']);
  await takeAway('dave', 'later');
  const [gone] = await take(events, 1);
  assert.deepEqual(seen([gone!]), ['DELETED later']);
  // What is not dave's any more is not told.
  await must(200, 'PATCH', `${PROJECTS}/later`, { metadata: { annotations: { [DISPLAY_NAME]: 'Secret' } } });
  await must(200, 'PATCH', `${PROJECTS}/before`, { metadata: { annotations: { [DISPLAY_NAME]: 'Still here' } } });
  assert.deepEqual(seen(await take(events, 1)), ['MODIFIED before']);
  await events.return(undefined);
});

test('a watch goes on from where it was, unless rights have changed since: then its client lists again', async () => {
  await makeProject('kept');
  await grant('erin', 'kept');
  const { metadata } = await must(200, 'GET', PROJECTS, undefined, 'erin');
  await must(200, 'PATCH', `${PROJECTS}/kept`, { metadata: { annotations: { [DISPLAY_NAME]: 'Kept' } } });
  await makeProject('other');
  await grant('frank', 'other');
  const from = `${PROJECTS}?watch=true&resourceVersion=${metadata.resourceVersion}`;
  const events = frames(await t.open('GET', from, { as: 'erin' }));
  assert.deepEqual(seen(await take(events, 1)), ['MODIFIED kept']);
  await events.return(undefined);
  await takeAway('erin', 'kept');
  const [expired] = await take(frames(await t.open('GET', from, { as: 'erin' })), 1);
  assert.deepEqual([expired!.type, expired!.object['code']], ['ERROR', 410]);
});

test('a thousand projects are listed to one of their users in a moment', async () => {
  await using api = await startApi();
  const verbs = api.api.verbs({ name: 'admin', groups: ['system:masters'] });
  const projects = { group: 'project.openshift.io', version: 'v1', resource: 'projects' };
  const grants = { group: 'rbac.authorization.k8s.io', version: 'v1', resource: 'rolebindings' };
  await Promise.all(
    Array.from({ length: 1000 }, async (_, i) => {
      const namespace = `p${i}`;
      await verbs.create(projects, { apiVersion: 'project.openshift.io/v1', kind: 'Project', metadata: { name: namespace } });
      if (i % 2 === 0) await verbs.create({ ...grants, namespace }, binding('gina'));
    }),
  );
  const started = processorTime();
  const list = await api.call('GET', PROJECTS, { as: 'gina' });
  assert.equal(list.body.items.length, 500);
  // Some 20 ms where nothing else runs.
  assert.ok(processorTime() - started < 2000);
});
