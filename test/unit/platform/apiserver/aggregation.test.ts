import assert from 'node:assert/strict';
import { once } from 'node:events';
import { request } from 'node:https';
import type { Duplex } from 'node:stream';
import { test } from 'node:test';
import { eventually } from '../../../support/eventually.ts';
import { type ExtensionServer, startExtensionServer } from '../../../support/extension-server.ts';
import { type ApiUnderTest, frames, startApi } from './api-under-test.ts';

const GROUP = 'things.example.com';
const ROOT = `/apis/${GROUP}/v1`;
const WIDGETS = `${ROOT}/namespaces/default/widgets`;
const APISERVICES = '/apis/apiregistration.k8s.io/v1/apiservices';
const NAME = `v1.${GROUP}`;
const AGGREGATED = 'application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList';

/** What an answer holds, as the test finds it. */
type Body = Awaited<ReturnType<ApiUnderTest['call']>>['body'];

interface Aggregated extends AsyncDisposable {
  readonly t: ApiUnderTest;
  readonly extension: ExtensionServer;
}

/** An API server with an extension server behind it that has been found well. No controllers run: the test is one. */
async function aggregated(spec: object = {}): Promise<Aggregated> {
  const t = await startApi();
  const extension = await startExtensionServer({
    group: GROUP,
    version: 'v1',
    service: 'widgets',
    namespace: 'default',
    proxyCaPem: t.certificates.frontProxy.caPem,
  });
  await t.call('POST', '/api/v1/namespaces', { body: { metadata: { name: 'default' } } });
  await t.call('POST', '/api/v1/namespaces/default/services', {
    body: { metadata: { name: 'widgets' }, spec: { ports: [{ port: 443, targetPort: extension.port }] } },
  });
  const slice = {
    metadata: { name: 'widgets-1', labels: { 'kubernetes.io/service-name': 'widgets' } },
    addressType: 'IPv4',
    endpoints: [{ addresses: [extension.host], conditions: { ready: true } }],
    ports: [{ name: '', port: extension.port }],
  };
  const sliced = await t.call('POST', '/apis/discovery.k8s.io/v1/namespaces/default/endpointslices', { body: slice });
  assert.equal(sliced.code, 201, sliced.text);
  const body = {
    metadata: { name: NAME },
    spec: {
      group: GROUP,
      version: 'v1',
      service: { namespace: 'default', name: 'widgets' },
      caBundle: extension.caBundle,
      groupPriorityMinimum: 2000,
      versionPriority: 15,
      ...spec,
    },
  };
  const made = await t.call('POST', APISERVICES, { body });
  assert.equal(made.code, 201, made.text);
  await say(t, 'True');
  return {
    t,
    extension,
    async [Symbol.asyncDispose]() {
      await extension[Symbol.asyncDispose]();
      await t[Symbol.asyncDispose]();
    },
  };
}

/** The last request about widgets; the server is asked for its documents at any time. */
const lastOf = ({ seen }: ExtensionServer): ExtensionServer['seen'][number] =>
  seen.findLast(({ url }) => url.includes('/widgets'))!;

/** What the availability controller would say. */
async function say(t: ApiUnderTest, status: string): Promise<void> {
  const conditions = [{ type: 'Available', status, reason: 'Test', message: '' }];
  const { code, text } = await t.call('PATCH', `${APISERVICES}/${NAME}/status`, { body: { status: { conditions } } });
  assert.equal(code, 200, text);
}

const listed = async (t: ApiUnderTest, path: string, headers = {}): Promise<Body> =>
  (await t.call('GET', path, { headers })).body;

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
  const headers = { connection: 'Upgrade', upgrade: 'echo', 'x-remote-user': 'mallory' };
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

test('a server that is away: 503, and discovery still answers, with what was known marked as old', async () => {
  await using a = await aggregated();
  const versionOf = async (): Promise<Body> =>
    (await listed(a.t, '/apis', { accept: AGGREGATED })).items.find((each: Body) => each.metadata.name === GROUP).versions[0];
  await eventually(async () => assert.equal((await versionOf()).freshness, 'Current'));
  await say(a.t, 'False');
  const reply = await a.t.call('GET', WIDGETS);
  assert.deepEqual([reply.code, reply.text], [503, 'service unavailable\n']);
  const version = await versionOf();
  assert.deepEqual([version.freshness, version.resources.length], ['Stale', 1]);
  assert.ok((await listed(a.t, '/apis')).groups.some((each: Body) => each.name === GROUP));
  assert.equal((await listed(a.t, '/openapi/v3')).paths[`apis/${GROUP}/v1`], undefined);
  await say(a.t, 'True');
  assert.equal((await a.t.call('GET', WIDGETS)).code, 200);
  await a.t.call('DELETE', `${APISERVICES}/${NAME}`);
  assert.equal((await a.t.call('GET', WIDGETS)).code, 404);
  assert.equal(
    (await listed(a.t, '/apis')).groups.some((each: Body) => each.name === GROUP),
    false,
  );
});

test('a certificate that the bundle does not vouch for gets nothing; insecureSkipTLSVerify takes any', async () => {
  {
    await using a = await aggregated();
    const other = Buffer.from(a.t.certificates.caPem).toString('base64');
    await a.t.call('PATCH', `${APISERVICES}/${NAME}`, { body: { spec: { caBundle: other } } });
    const before = a.extension.seen.length;
    const reply = await a.t.call('GET', WIDGETS);
    assert.equal(reply.code, 503);
    assert.match(reply.body.message, /^error trying to reach service: .*certificate/);
    assert.equal(a.extension.seen.length, before);
  }
  await using b = await aggregated({ caBundle: undefined, insecureSkipTLSVerify: true });
  assert.equal((await b.t.call('GET', WIDGETS)).code, 200);
});

test('a hostile server cannot lead anybody elsewhere, and breaks nothing', async () => {
  await using a = await aggregated();
  const { t, extension } = a;
  extension.misbehave = (_request, response) => {
    response.writeHead(307, { location: 'https://elsewhere.example.com/' });
    response.end();
    return true;
  };
  const moved = await t.call('GET', WIDGETS);
  assert.deepEqual(
    [moved.code, moved.headers.location, moved.body.message],
    [502, undefined, 'the backend attempted to redirect this request, which is not permitted'],
  );
  extension.misbehave = (_request, response) => (response.destroy(), true);
  assert.equal((await t.call('GET', WIDGETS)).code, 503);
  assert.equal((await t.call('POST', WIDGETS, { body: { big: 'x'.repeat(500_000) } })).code, 503);
  extension.misbehave = (_request, response) => {
    response.writeHead(200, { 'content-type': 'application/json', 'content-length': '1000' });
    response.write('{');
    setTimeout(() => response.destroy(), 20);
    return true;
  };
  await assert.rejects(t.call('GET', WIDGETS));
  // Lies and floods as documents: those of everybody else are whole.
  for (const said of [
    '[]',
    '{"kind":"APIResourceList"}',
    'null',
    '{"paths":{"x":1},"definitions":{}}',
    '['.repeat(200_000),
    'x'.repeat(20 << 20),
  ]) {
    extension.misbehave = (_request, response) => {
      response.writeHead(200, { 'content-type': 'application/json' });
      response.end(said);
      return true;
    };
    await say(t, 'False');
    await say(t, 'True');
    for (const path of ['/apis', '/openapi/v2', '/openapi/v3']) assert.equal((await t.call('GET', path)).code, 200, path);
  }
  extension.misbehave = undefined;
  assert.equal((await t.call('GET', WIDGETS)).code, 200);
});

for (const [what, raw] of [
  ['a status that is none', 'HTTP/1.1 099 No\r\nContent-Length: 0\r\n\r\n'],
  ['a status beyond all', 'HTTP/1.1 999 No\r\nContent-Length: 0\r\n\r\n'],
  ['another protocol that nobody asked for', 'HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: x\r\n\r\n'],
  ['no HTTP', 'SSH-2.0-x\r\n'],
  ['a head without end', `HTTP/1.1 200 OK\r\nX: ${'x'.repeat(100_000)}\r\n\r\n`],
  ['bytes that no header may have', 'HTTP/1.1 200 OK\r\nX: a\x01b\r\nContent-Length: 0\r\n\r\n'],
] as const)
  test(`a hostile server that answers with ${what}`, async () => {
    await using a = await aggregated();
    a.extension.misbehave = (request) => {
      request.socket.write(raw);
      request.socket.end();
      return true;
    };
    const reply = await a.t.call('GET', WIDGETS);
    assert.deepEqual([reply.code, reply.body.reason], [503, 'ServiceUnavailable']);
    const upgraded = request({
      agent: await a.t.agent('admin'),
      host: '127.0.0.1',
      port: a.t.port,
      path: `${WIDGETS}/blue/exec`,
      headers: { connection: 'Upgrade', upgrade: 'echo' },
    });
    upgraded.on('error', () => undefined);
    upgraded.on('upgrade', (_response, socket) => socket.destroy());
    upgraded.on('response', (response) => response.resume());
    upgraded.end();
    await once(upgraded, 'close');
    a.extension.misbehave = undefined;
    assert.equal((await a.t.call('GET', WIDGETS)).code, 200);
  });

test('a kept connection that the other side has closed costs a read nothing', async () => {
  await using a = await aggregated();
  for (let i = 0; i < 5; i++) {
    assert.equal((await a.t.call('GET', WIDGETS)).code, 200);
    a.extension.dropIdle();
    assert.equal((await a.t.call('GET', WIDGETS)).code, 200);
  }
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

test('a server that never answers takes no room from the API', async () => {
  await using a = await aggregated();
  a.extension.misbehave = () => true;
  const agent = await a.t.agent('admin');
  const waiting = Array.from({ length: 230 }, () => {
    const outgoing = request({ agent, host: '127.0.0.1', port: a.t.port, path: WIDGETS });
    outgoing.on('error', () => undefined);
    outgoing.end();
    return outgoing;
  });
  const codes: number[] = [];
  for (const each of waiting) each.on('response', (response) => (codes.push(response.statusCode!), response.resume()));
  try {
    // Each is a connection of its own, twice.
    await eventually(() => assert.deepEqual(codes, Array(30).fill(429)), { timeout: 20_000 });
    assert.equal((await a.t.call('GET', '/api/v1/namespaces/default')).code, 200);
  } finally {
    for (const each of waiting) each.destroy();
  }
});

test('built-in group versions stay here, whatever an APIService says', async () => {
  await using a = await aggregated();
  const spec = { group: 'apps', version: 'v1', service: { namespace: 'default', name: 'widgets' }, insecureSkipTLSVerify: true };
  const body = { metadata: { name: 'v1.apps' }, spec: { ...spec, groupPriorityMinimum: 20000, versionPriority: 100 } };
  assert.equal((await a.t.call('POST', APISERVICES, { body })).code, 201);
  const status = { status: { conditions: [{ type: 'Available', status: 'True' }] } };
  await a.t.call('PATCH', `${APISERVICES}/v1.apps/status`, { body: status });
  assert.equal((await a.t.call('GET', '/apis/apps/v1/deployments')).body.kind, 'DeploymentList');
});

test('names and addresses that lead to this machine or the cloud’s own services are not asked', async () => {
  await using a = await aggregated();
  for (const externalName of ['localhost', '169.254.169.254', '127.0.0.1']) {
    const spec = {
      type: 'ExternalName',
      externalName,
      clusterIP: '',
      clusterIPs: null,
      ports: null,
      ipFamilies: null,
      ipFamilyPolicy: null,
      internalTrafficPolicy: null,
    };
    const patched = await a.t.call('PATCH', '/api/v1/namespaces/default/services/widgets', { body: { spec } });
    assert.equal(patched.code, 200, patched.text);
    const reply = await a.t.call('GET', WIDGETS);
    assert.equal(reply.code, 503, externalName);
    assert.match(reply.body.message, /may not be connected to/);
  }
});
