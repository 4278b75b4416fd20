import assert from 'node:assert/strict';
import { once } from 'node:events';
import type { IncomingMessage } from 'node:http';
import { createServer, request, type Server } from 'node:https';
import type { Duplex } from 'node:stream';
import type { TLSSocket } from 'node:tls';
import { after, before, test } from 'node:test';
import { eventually } from '../../../support/eventually.ts';
import { type ApiUnderTest, pod, startApi } from './api-under-test.ts';

let t: ApiUnderTest;
let node: Server;
const seen: { method: string; url: string; headers: IncomingMessage['headers']; client: string }[] = [];

const PODS = '/api/v1/namespaces/default/pods';

before(async () => {
  t = await startApi({ streamLimits: { perTrustedUser: 3 } });
  await t.call('POST', '/api/v1/namespaces/default/serviceaccounts', { body: { metadata: { name: 'default' } } });
  const { certificates } = t;
  node = createServer({
    ca: certificates.caPem,
    cert: certificates.kubelet.certPem,
    key: certificates.kubelet.keyPem,
    requestCert: true,
    rejectUnauthorized: true,
  });
  const note = (incoming: IncomingMessage): void => {
    const client = (incoming.socket as TLSSocket).getPeerCertificate().subject.CN as string;
    seen.push({ method: incoming.method!, url: incoming.url!, headers: incoming.headers, client });
  };
  node.on('request', (incoming, response) => {
    note(incoming);
    if (incoming.url!.includes('tailLines=42'))
      return void incoming.socket.write('HTTP/1.1 042 Odd\r\nContent-Length: 0\r\n\r\n');
    response.writeHead(200, { 'content-type': 'text/plain' });
    response.write('one\n');
    setImmediate(() => response.end('two\n'));
  });
  node.on('upgrade', (incoming: IncomingMessage, socket: Duplex) => {
    note(incoming);
    if (incoming.url!.includes('silent')) return;
    if (incoming.url!.includes('refuse')) {
      socket.end('HTTP/1.1 403 Forbidden\r\nContent-Type: application/json\r\nContent-Length: 2\r\n\r\n{}');
      return;
    }
    socket.write(
      `HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: ${incoming.headers.upgrade}\r\nX-Stream-Protocol-Version: v4.channel.k8s.io\r\n\r\nhello`,
    );
    socket.pipe(socket);
  });
  node.listen(0, '127.0.0.1');
  await once(node, 'listening');
  const { port } = node.address() as { port: number };
  const status = {
    addresses: [{ type: 'InternalIP', address: '127.0.0.1' }],
    daemonEndpoints: { kubeletEndpoint: { Port: port } },
  };
  await t.call('POST', '/api/v1/nodes', { body: { metadata: { name: 'n1' }, status } });
  await t.call('PUT', '/api/v1/nodes/n1/status', { body: { metadata: { name: 'n1' }, status } });
  await t.call('POST', PODS, { body: pod('web', { nodeName: 'n1' }) });
  await t.call('POST', PODS, { body: pod('unbound') });
});
after(async () => {
  node.closeAllConnections();
  node.close();
  await t[Symbol.asyncDispose]();
});

async function upgrade(
  path: string,
  protocol: string,
  options: { method?: string; as?: string; head?: string } = {},
): Promise<{ code: number; headers: IncomingMessage['headers']; socket?: Duplex; head: string }> {
  const agent = await t.agent(options.as ?? 'admin');
  const headers = {
    connection: 'Upgrade',
    upgrade: protocol,
    'sec-websocket-key': 'eHh4eHh4eHh4eHh4eHh4eA==',
    'sec-websocket-version': '13',
  };
  return new Promise((resolve, reject) => {
    const outgoing = request({ agent, host: '127.0.0.1', port: t.port, method: options.method ?? 'GET', path, headers });
    outgoing.once('error', reject);
    outgoing.once('upgrade', (response, socket, head) =>
      resolve({ code: response.statusCode!, headers: response.headers, socket, head: head.toString() }),
    );
    outgoing.once('response', async (response) => {
      const parts: Buffer[] = [];
      for await (const part of response) parts.push(part as Buffer);
      resolve({ code: response.statusCode!, headers: response.headers, head: Buffer.concat(parts).toString() });
    });
    outgoing.end();
  });
}

test('logs stream from the node, asked with our own certificate and nobody else’s credentials', async () => {
  const { code, text, headers } = await t.call('GET', `${PODS}/web/log?follow=true`, {
    headers: { 'impersonate-user': 'admin2', 'impersonate-group': 'system:masters' },
  });
  assert.deepEqual([code, text, headers['content-type']], [200, 'one\ntwo\n', 'text/plain']);
  const last = seen.at(-1)!;
  assert.equal(last.url, '/containerLogs/default/web/c?follow=true');
  assert.equal(last.headers['impersonate-user'], undefined);
  assert.match(last.client, /apiserver|kubelet/i);
});

test('a node that answers what no answer can be takes nothing down', async () => {
  const { code, body } = await t.call('GET', `${PODS}/web/log?tailLines=42`);
  assert.equal(code, 500);
  assert.match(body.message, /^error dialing backend: .*: the server answered with 42$/);
});

test('another HTTP is not gone over to: requests on it would be heard by nobody here', async () => {
  for (const protocol of ['h2c', 'websocket, h2c', 'HTTP/2.0', 'TLS/1.2']) {
    const { code, head } = await upgrade(`${PODS}/web/exec?command=sh&stdout=true`, protocol);
    assert.deepEqual([code, head], [200, 'one\ntwo\n'], protocol);
    assert.equal(seen.at(-1)!.headers.upgrade, undefined, 'the node has not been asked for it');
  }
});

for (const [protocol, method] of [
  ['websocket', 'GET'],
  ['SPDY/3.1', 'POST'],
] as const)
  test(`exec over ${protocol}: bytes go both ways as they are`, async () => {
    const { code, headers, socket, head } = await upgrade(`${PODS}/web/exec?command=sh&stdin=true&stdout=true`, protocol, {
      method,
    });
    assert.equal(code, 101);
    assert.equal(headers['x-stream-protocol-version'], 'v4.channel.k8s.io');
    let received = head;
    socket!.on('data', (chunk: Buffer) => (received += chunk.toString('latin1')));
    const bytes = Buffer.from(Array.from({ length: 256 }, (_each, i) => i));
    socket!.write(bytes);
    while (received.length < 5 + 256) await once(socket!, 'data');
    assert.equal(received, `hello${bytes.toString('latin1')}`);
    assert.equal(seen.at(-1)!.method, method);
    assert.match(seen.at(-1)!.url, /^\/exec\/default\/web\/c\?/);
    const closed = once(socket!, 'close');
    socket!.end();
    await closed;
  });

test('refusals before an upgrade are Statuses', async () => {
  const forbidden = await upgrade(`${PODS}/web/exec?command=sh&stdout=true`, 'websocket', { as: 'bob' });
  assert.equal(forbidden.code, 403);
  assert.match(JSON.parse(forbidden.head).message, /User "bob" cannot get resource "pods\/exec"/);
  const missing = await upgrade(`${PODS}/none/exec?command=sh&stdout=true`, 'websocket');
  assert.equal(JSON.parse(missing.head).message, 'pods "none" not found');
  const unbound = await upgrade(`${PODS}/unbound/exec?command=sh&stdout=true`, 'websocket');
  assert.deepEqual([unbound.code, JSON.parse(unbound.head).message], [400, 'pod unbound does not have a host assigned']);
  const refused = await upgrade(`${PODS}/web/exec?command=refuse&stdout=true`, 'websocket');
  assert.deepEqual([refused.code, refused.head], [403, '{}']);
  // A body would be read as the next answer.
  const asked = await upgrade(`${PODS}/none/exec`, 'websocket', { method: 'HEAD' });
  assert.deepEqual([asked.code, asked.head], [404, '']);
});

test('nobody gets into a container by a verb that is not for that', async () => {
  for (const method of ['PUT', 'PATCH', 'DELETE']) {
    const before = seen.length;
    const { code, body } = await t.call(method, `${PODS}/web/exec?command=sh`);
    assert.deepEqual([code, body.reason], [405, 'MethodNotAllowed'], method);
    assert.equal(seen.length, before, 'the node has not been asked');
  }
});

/** How many streams and watches are open. */
const open = async (): Promise<number> => {
  const { text } = await t.call('GET', '/metrics');
  return Number(/^apiserver_longrunning_requests (\d+)$/m.exec(text)![1]);
};

test('a user has a limited number of streams, and other requests go on', async () => {
  // Those of the tests before.
  await eventually(async () => assert.equal(await open(), 0));
  const path = `${PODS}/web/exec?command=sh&stdin=true&stdout=true`;
  const sockets = [];
  for (let i = 0; i < 3; i++) sockets.push((await upgrade(path, 'websocket')).socket!);
  const message = 'user "system:admin" has 3 streams open, which is the limit';
  const exec = await upgrade(path, 'websocket');
  assert.deepEqual([exec.code, JSON.parse(exec.head).message, exec.headers['retry-after']], [429, message, '5']);
  const log = await t.call('GET', `${PODS}/web/log?follow=true`);
  assert.deepEqual([log.code, log.body.message, log.headers['retry-after']], [429, message, '5']);
  assert.equal((await t.call('GET', `${PODS}/web`)).code, 200);
  for (const socket of sockets) socket.destroy();
  await eventually(async () => assert.equal((await t.call('GET', `${PODS}/web/log`)).code, 200));
});

test('open streams are counted, also when their client goes before the node has answered', async () => {
  await eventually(async () => assert.equal(await open(), 0));
  const agent = await t.agent('admin');
  const outgoing = request({
    agent,
    host: '127.0.0.1',
    port: t.port,
    path: `${PODS}/web/exec?command=silent&stdout=true`,
    headers: { connection: 'Upgrade', upgrade: 'websocket' },
  });
  outgoing.on('error', () => undefined);
  outgoing.end();
  await eventually(async () => assert.ok(seen.at(-1)!.url.includes('silent')));
  outgoing.destroy();
  await eventually(async () => assert.equal(await open(), 0));
  const watch = await t.open('GET', `${PODS}?watch=true`);
  assert.equal(await open(), 1);
  watch.destroy();
  await eventually(async () => assert.equal(await open(), 0));
});

test('a node that does not answer is named', async () => {
  const status = { addresses: [{ type: 'InternalIP', address: '127.0.0.1' }], daemonEndpoints: { kubeletEndpoint: { Port: 1 } } };
  await t.call('POST', '/api/v1/nodes', { body: { metadata: { name: 'dead' }, status } });
  await t.call('PUT', '/api/v1/nodes/dead/status', { body: { metadata: { name: 'dead' }, status } });
  await t.call('POST', PODS, { body: pod('lost', { nodeName: 'dead' }) });
  const log = await t.call('GET', `${PODS}/lost/log`);
  assert.equal(log.code, 500);
  assert.equal(
    log.body.message,
    'error dialing backend: Get "https://127.0.0.1:1/containerLogs/default/lost/c": dial tcp 127.0.0.1:1: connect: connection refused',
  );
  const exec = await upgrade(`${PODS}/lost/exec?command=sh&stdout=true`, 'websocket');
  assert.match(JSON.parse(exec.head).message, /dial tcp 127\.0\.0\.1:1: connect: connection refused/);
  await t.call('POST', PODS, { body: pod('nowhere', { nodeName: 'unknown' }) });
  assert.equal((await t.call('GET', `${PODS}/nowhere/log`)).body.message, 'nodes "unknown" not found');
});
