import assert from 'node:assert/strict';
import { once } from 'node:events';
import { request } from 'node:https';
import type { Duplex } from 'node:stream';
import { test } from 'node:test';
import { eventually } from '../../../support/eventually.ts';
import { frames } from './api-under-test.ts';
import { GROUP, ROOT, WIDGETS, APISERVICES, AGGREGATED, type Body, aggregated, lastOf, say, listed } from './aggregated.ts';

test('requests, answers and errors go through, with who asks in the headers of a front proxy', async () => {
  await using a = await aggregated();
  const { t, extension } = a;
  const list = await t.call('GET', `${WIDGETS}?limit=500&labelSelector=a%3Db`, {
    headers: {
      cookie: 'secret=1',
      'x-remote-user': 'mallory',
      'x-remote-group': 'system:masters',
      accept: 'application/json',
    },
  });
  assert.deepEqual([list.code, list.body.items.length], [200, 2]);
  const seen = lastOf(extension);
  assert.equal(seen.url, `${WIDGETS}?limit=500&labelSelector=a%3Db`);
  assert.equal(seen.proxy, 'front-proxy-client');
  assert.deepEqual(seen.headers['x-remote-user'], ['system:admin']);
  assert.deepEqual(seen.headers['x-remote-group'], ['system:masters', 'system:authenticated']);
  assert.equal(seen.headers['cookie'], undefined);
  assert.ok(seen.headers['x-forwarded-for']);

  const made = await t.call('POST', WIDGETS, {
    body: { kind: 'Widget', metadata: { name: 'green', note: 'ü'.repeat(100_000) } },
  });
  assert.deepEqual([made.code, made.body.metadata.name], [201, 'green']);
  assert.equal(made.body.metadata.note.length, 100_000);
  const none = await t.call('GET', `${WIDGETS}/none`);
  assert.deepEqual([none.code, none.body.message], [404, `widgets.${GROUP} "none" not found`]);
});

test('an impersonated user, extra values and letters beyond ASCII arrive as they are', async () => {
  await using a = await aggregated();
  const role = { metadata: { name: 'w' }, rules: [{ apiGroups: [GROUP], resources: ['widgets'], verbs: ['list'] }] };
  await a.t.call('POST', '/apis/rbac.authorization.k8s.io/v1/clusterroles', { body: role });
  const binding = {
    metadata: { name: 'w' },
    roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name: 'w' },
    subjects: [{ kind: 'User', name: 'jürgen', apiGroup: 'rbac.authorization.k8s.io' }],
  };
  await a.t.call('POST', '/apis/rbac.authorization.k8s.io/v1/clusterrolebindings', { body: binding });
  assert.equal((await a.t.call('GET', WIDGETS, { as: 'jürgen' })).code, 200);
  const user = lastOf(a.extension).headers['x-remote-user']![0]!;
  assert.equal(Buffer.from(user, 'latin1').toString('utf8'), 'jürgen');

  const as = { 'impersonate-user': 'ann', 'impersonate-uid': 'u7', 'impersonate-group': ['system:masters', 'b'] };
  const reply = await a.t.call('GET', WIDGETS, { headers: { ...as, 'impersonate-extra-acme.com%2fscope': 'a' } });
  assert.equal(reply.code, 200, reply.text);
  const { headers } = lastOf(a.extension);
  assert.deepEqual(headers['x-remote-user'], ['ann']);
  assert.deepEqual(headers['x-remote-uid'], ['u7']);
  assert.deepEqual(headers['x-remote-group'], ['system:masters', 'b', 'system:authenticated']);
  assert.deepEqual(headers['x-remote-extra-acme.com%2fscope'], ['a']);
  assert.equal(
    Object.keys(headers).some((name) => name.startsWith('impersonate-')),
    false,
  );
});

test('who may not, does not reach the other server, however the path is written', async () => {
  await using a = await aggregated();
  await eventually(() => assert.ok(a.extension.seen.length > 0));
  const before = a.extension.seen.length;
  for (const path of [WIDGETS, `${WIDGETS}/blue/status/a/b`, `${ROOT}//widgets`, `${ROOT}/widgets/x/y/z?watch=1`]) {
    const { code } = await a.t.call('GET', path, { as: 'bob' });
    assert.ok(code === 403 || code === 404, `${path}: ${code}`);
  }
  assert.equal((await a.t.call('GET', WIDGETS, { as: null })).code, 401);
  assert.deepEqual(
    a.extension.seen.slice(before).filter(({ url }) => url.includes('widgets')),
    [],
  );
});

test('the body of a request is never another request, whatever the client calls a header of its connection', async () => {
  await using a = await aggregated();
  const forged = `GET ${WIDGETS}/forged HTTP/1.1\r\nHost: x\r\nX-Remote-User: mallory\r\nX-Remote-Group: system:masters\r\n\r\n`;
  for (const framing of [{ 'content-length': String(forged.length) }, { 'transfer-encoding': 'chunked' }]) {
    const outgoing = request({
      agent: await a.t.agent('admin'),
      host: '127.0.0.1',
      port: a.t.port,
      path: `${WIDGETS}/blue`,
      headers: { connection: `close, ${Object.keys(framing)[0]}`, ...framing },
    });
    outgoing.end(forged);
    const [{ statusCode }] = (await once(outgoing, 'response')) as [{ statusCode: number }];
    assert.equal(statusCode, 200);
    // What has been let in would have been answered on this connection before the next one.
    assert.equal((await a.t.call('GET', `${WIDGETS}/red`)).code, 200);
    const seen = a.extension.seen.filter(({ url }) => url.includes('/widgets/')).slice(-2);
    assert.deepEqual(
      seen.map(({ url, headers, body }) => [url, headers['x-remote-user'], body]),
      [
        [`${WIDGETS}/blue`, ['system:admin'], forged],
        [`${WIDGETS}/red`, ['system:admin'], ''],
      ],
    );
  }
});

test('a connection that was to be upgraded and was not leaves nothing behind that a next request could be taken for', async () => {
  await using a = await aggregated({}, { upgrades: false });
  const outgoing = request({
    agent: await a.t.agent('admin'),
    host: '127.0.0.1',
    port: a.t.port,
    method: 'POST',
    path: `${WIDGETS}/none`,
    headers: { connection: 'Upgrade', upgrade: 'echo', 'content-length': 40 },
  });
  outgoing.flushHeaders();
  const [{ statusCode }] = (await once(outgoing, 'response')) as [{ statusCode: number }];
  assert.equal(statusCode, 404);
  outgoing.destroy();
  assert.equal((await a.t.call('GET', `${WIDGETS}/red`)).code, 200);
  assert.deepEqual(lastOf(a.extension).url, `${WIDGETS}/red`);
});

test('a watch streams event by event, and ends at the other server when the client goes', async () => {
  await using a = await aggregated();
  const response = await a.t.open('GET', `${WIDGETS}?watch=true`);
  assert.equal(response.statusCode, 200);
  await eventually(() => assert.equal(a.extension.watchers(), 1));
  const events = frames(response);
  for (const name of ['one', 'two']) {
    a.extension.emit('ADDED', name);
    const { value } = await events.next();
    assert.deepEqual([value!.type, value!.object.metadata.name], ['ADDED', name]);
  }
  response.destroy();
  await eventually(() => assert.equal(a.extension.watchers(), 0));
});

test('an upgraded connection is the two ends’ own', async () => {
  await using a = await aggregated();
  const headers = { connection: 'Upgrade, X-Remote-User', upgrade: 'echo', 'x-remote-user': 'mallory' };
  const outgoing = request({
    agent: await a.t.agent('admin'),
    host: '127.0.0.1',
    port: a.t.port,
    path: `${WIDGETS}/blue/exec`,
    headers,
  });
  outgoing.end();
  const [answer, socket, head] = (await once(outgoing, 'upgrade')) as [{ statusCode: number }, Duplex, Buffer];
  assert.equal(answer.statusCode, 101);
  socket.write('hello');
  let text = head.toString();
  while (!text.includes('hello')) text += String((await once(socket, 'data'))[0]);
  assert.equal(text, 'welcome\nhello');
  assert.deepEqual(lastOf(a.extension).headers['x-remote-user'], ['system:admin']);
  assert.deepEqual(lastOf(a.extension).headers['connection'], ['Upgrade'], 'nothing on the way takes the user out');
  socket.destroy();
});

test('discovery is that of one server: both forms, the group, its version, and OpenAPI', async () => {
  await using a = await aggregated();
  const { t } = a;
  await eventually(async () => {
    const { items } = await listed(t, '/apis', { accept: AGGREGATED });
    const found = items.find((each: Body) => each.metadata.name === GROUP);
    assert.equal(found.versions[0].freshness, 'Current');
    assert.deepEqual(found.versions[0].resources, [
      {
        resource: 'widgets',
        responseKind: { group: GROUP, version: 'v1', kind: 'Widget' },
        scope: 'Namespaced',
        singularResource: 'widget',
        verbs: ['get', 'list', 'watch', 'create'],
        shortNames: ['wd'],
        subresources: [{ subresource: 'status', responseKind: { group: GROUP, version: 'v1', kind: 'Widget' }, verbs: ['get'] }],
      },
    ]);
  });
  const groups = (await listed(t, '/apis')).groups.map((each: Body) => each.name);
  assert.equal(groups[0], 'apiregistration.k8s.io');
  assert.ok(groups.indexOf(GROUP) > groups.indexOf('discovery.k8s.io'), groups.join(' '));
  assert.equal((await listed(t, `/apis/${GROUP}`)).preferredVersion.groupVersion, `${GROUP}/v1`);
  assert.equal((await listed(t, ROOT)).kind, 'APIResourceList');
  const { paths } = await listed(t, '/openapi/v3');
  assert.equal(paths[`apis/${GROUP}/v1`].serverRelativeURL, `/openapi/v3/apis/${GROUP}/v1?hash=ABC`);
  assert.ok(paths['api/v1']);
  assert.ok((await listed(t, `/openapi/v3/apis/${GROUP}/v1`)).components.schemas['w.Widget']);
  const swagger = await listed(t, '/openapi/v2');
  assert.equal(swagger.definitions['w.Widget'].properties.spec.properties.colour.description, 'Its colour.');
  assert.notEqual(swagger.definitions['io.k8s.api.core.v1.Pod'].description, 'a lie');
  assert.ok(swagger.paths[`${ROOT}/namespaces/{namespace}/widgets/{name}`]);
  assert.equal(swagger.paths['/apis/other.example.com/v1/things'], undefined);
  const protobuf = await t.call('GET', '/openapi/v2', {
    headers: { accept: 'application/com.github.proto-openapi.spec.v2@v1.0+protobuf' },
  });
  assert.ok(protobuf.text.includes('Its colour.'));
});

test('code in the same process reads and writes there too, as its user', async () => {
  await using a = await aggregated();
  const ref = { group: GROUP, version: 'v1', resource: 'widgets', namespace: 'default' };
  const admin = a.t.api.verbs({ name: 'root', groups: ['system:masters'] });
  const { items } = await admin.list(ref, { labelSelector: 'a=b' });
  assert.equal(items.length, 2);
  assert.equal(lastOf(a.extension).url, `${WIDGETS}?labelSelector=a%3Db`);
  assert.deepEqual(lastOf(a.extension).headers['x-remote-user'], ['root']);
  assert.equal((await admin.get({ ...ref, name: 'blue' })).spec.colour, 'blue');
  const made = { apiVersion: `${GROUP}/v1`, kind: 'Widget', metadata: { name: 'new' } };
  assert.equal((await admin.create(ref, made)).metadata.name, 'new');
  await assert.rejects(admin.get({ ...ref, name: 'none' }), /widgets\.things\.example\.com "none" not found/);
  const bob = a.t.api.verbs({ name: 'bob', groups: ['system:authenticated'] });
  await assert.rejects(bob.list(ref), /forbidden/);
  await say(a.t, 'False');
  await assert.rejects(admin.list(ref), /currently unable to handle the request/);
});

test('metrics.k8s.io can be given to another server, and comes back', async () => {
  await using a = await aggregated();
  const path = '/apis/metrics.k8s.io/v1beta1/pods';
  assert.equal((await a.t.call('GET', path)).body.kind, 'PodMetricsList');
  const name = 'v1beta1.metrics.k8s.io';
  const spec = {
    group: 'metrics.k8s.io',
    version: 'v1beta1',
    service: { namespace: 'default', name: 'widgets' },
    caBundle: a.extension.caBundle,
    groupPriorityMinimum: 100,
    versionPriority: 100,
  };
  assert.equal((await a.t.call('POST', APISERVICES, { body: { metadata: { name }, spec } })).code, 201);
  assert.equal((await a.t.call('GET', path)).code, 503);
  const status = { conditions: [{ type: 'Available', status: 'True' }] };
  await a.t.call('PATCH', `${APISERVICES}/${name}/status`, { body: { status } });
  assert.equal((await a.t.call('GET', path)).body.kind, 'WidgetList');
  await a.t.call('PATCH', `${APISERVICES}/${name}`, { body: { spec: { service: null, caBundle: null } } });
  assert.equal((await a.t.call('GET', path)).body.kind, 'PodMetricsList');
});
