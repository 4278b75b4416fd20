import assert from 'node:assert/strict';
import type { IncomingMessage } from 'node:http';
import { test } from 'node:test';
import { answerHeaders, requestHeaders } from '../../../../../lib/platform/apiserver/http/proxy-headers.ts';
import { proxyName, proxyPath, redirectThrough } from '../../../../../lib/platform/apiserver/http/proxy-path.ts';
import { parsePath } from '../../../../../lib/platform/apiserver/http/request-path.ts';

test('a name with its scheme and port', () => {
  assert.deepEqual(proxyName('web', 'pod'), { scheme: 'http', name: 'web', port: '' });
  assert.deepEqual(proxyName('web:8080', 'pod'), { scheme: 'http', name: 'web', port: '8080' });
  assert.deepEqual(proxyName('https:web:named', 'service'), { scheme: 'https', name: 'web', port: 'named' });
  assert.deepEqual(proxyName(':web:80', 'service'), { scheme: 'http', name: 'web', port: '80' });
  for (const bad of ['', ':80', 'ftp:web:21', 'a:b:c:d']) assert.throws(() => proxyName(bad, 'pod'), /invalid pod request/);
});

test('what is behind the subresource is passed on byte for byte', () => {
  const split = (url: string): unknown => {
    const parsed = parsePath(url.split('?', 1)[0]!);
    assert.ok(parsed.kind === 'resource');
    return proxyPath(url, parsed.target);
  };
  const pod = '/api/v1/namespaces/a/pods/web:8080/proxy';
  assert.deepEqual(split(`${pod}/x/y%20z/?q=%2F`), { prefix: pod, path: '/x/y%20z/?q=%2F', query: '?q=%2F' });
  assert.deepEqual(split(`${pod}/`), { prefix: pod, path: '/', query: '' });
  assert.deepEqual(split(`${pod}?a=b`), { prefix: pod, path: undefined, query: '?a=b' });
  assert.deepEqual(split('/api/v1/nodes/n/proxy/metrics'), { prefix: '/api/v1/nodes/n/proxy', path: '/metrics', query: '' });
  assert.throws(() => split(`${pod}/..%2f/x`), /invalid path segment/);
});

test('redirects of the other server lead through us, those to others lead there', () => {
  const through = (location: string): string => redirectThrough(location, '/p', '10.0.0.1:80');
  assert.deepEqual(
    [
      '/login',
      'http://10.0.0.1:80/login?x',
      'http://10.0.0.1:80',
      'next',
      '//other/x',
      'https://other/x',
      'http://10.0.0.1:801/',
    ].map(through),
    ['/p/login', '/p/login?x', '/p/', 'next', '//other/x', 'https://other/x', 'http://10.0.0.1:801/'],
  );
});

test('credentials and what is about one connection stay here', () => {
  const headers = {
    host: 'api:6443',
    authorization: 'Bearer secret',
    'impersonate-user': 'x',
    'x-remote-user': 'x',
    connection: 'close, X-Hop',
    'x-hop': '1',
    'sec-websocket-protocol': 'base64url.bearer.authorization.k8s.io.c2VjcmV0, chat',
    'x-mine': 'yes',
    cookie: '__Host-oo-session=secret; a=b; __host-oo-form=secret',
    'x-forwarded-for': '192.0.2.9',
  };
  const request = { url: '/api/v1/x/proxy/a?b', headers, socket: { remoteAddress: '192.0.2.1' } } as unknown as IncomingMessage;
  assert.deepEqual(requestHeaders(request, false), {
    'x-mine': 'yes',
    cookie: 'a=b',
    'sec-websocket-protocol': 'chat',
    'x-forwarded-for': '192.0.2.9, 192.0.2.1',
    'x-forwarded-host': 'api:6443',
    'x-forwarded-proto': 'https',
    'x-forwarded-uri': '/api/v1/x/proxy/a',
  });
  const asked = { connection: 'Upgrade, Host, X-Hop', upgrade: 'websocket', 'x-hop': '1' };
  const { connection, upgrade, ...rest } = requestHeaders({ ...request, headers: asked } as unknown as IncomingMessage, true);
  assert.deepEqual([connection, upgrade, rest['x-hop']], ['Upgrade', 'websocket', undefined]);
  assert.deepEqual(
    answerHeaders({ 'content-type': 'text/html', connection: 'x-hop', 'x-hop': '1', 'transfer-encoding': 'chunked' }),
    { 'content-type': 'text/html' },
  );
});

test('a pod neither sets our login’s cookies nor opens the API to pages of other hosts', () => {
  const headers = {
    'access-control-allow-origin': '*',
    'access-control-allow-credentials': 'true',
    'set-cookie': ['__Host-oo-session=mine; Path=/; Secure', 'theirs=1'],
  };
  assert.deepEqual(answerHeaders(headers), { 'set-cookie': ['theirs=1'] });
});

test('the old form of a watch has no subresources: what may be watched is not connected to', () => {
  assert.equal(parsePath('/api/v1/watch/namespaces/shop/pods/web').kind, 'resource');
  for (const path of [
    '/api/v1/watch/namespaces/shop/pods/web/proxy',
    '/api/v1/watch/nodes/n/proxy/run',
    '/api/v1/watch/pods/web/log',
  ])
    assert.deepEqual(parsePath(path), { kind: 'other', path });
});
