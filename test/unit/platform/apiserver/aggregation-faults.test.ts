import assert from 'node:assert/strict';
import { once } from 'node:events';
import type { ClientRequest } from 'node:http';
import { request } from 'node:https';
import { test } from 'node:test';
import { eventually } from '../../../support/eventually.ts';
import { GROUP, WIDGETS, APISERVICES, NAME, AGGREGATED, type Body, aggregated, lastOf, say, listed } from './aggregated.ts';

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
    const reply = await a.t.call('GET', WIDGETS);
    assert.equal(reply.code, 503);
    assert.match(reply.body.message, /^error trying to reach service: .*certificate/);
    assert.equal(lastOf(a.extension), undefined);
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

test('a server that never answers takes no room from the API', async () => {
  await using a = await aggregated();
  let arrived = 0;
  a.extension.misbehave = ({ url = '' }) => {
    if (url.startsWith(WIDGETS)) arrived++;
    return true;
  };
  const agent = await a.t.agent('admin');
  const codes: number[] = [];
  const waiting: ClientRequest[] = [];
  const ask = (count: number): void => {
    for (let i = 0; i < count; i++) {
      const outgoing = request({ agent, host: '127.0.0.1', port: a.t.port, path: WIDGETS });
      outgoing.on('error', () => undefined);
      outgoing.on('response', (response) => (codes.push(response.statusCode!), response.resume()));
      outgoing.end();
      waiting.push(outgoing);
    }
  };
  try {
    // Each is a connection of its own, twice: not so many at once that a slow machine does not connect in time.
    for (let begun = 20; begun <= 200; begun += 20) {
      ask(20);
      await eventually(() => assert.deepEqual([arrived, codes], [begun, []]));
    }
    ask(30);
    await eventually(() => assert.deepEqual(codes, Array(30).fill(429)));
    assert.equal(arrived, 200);
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
