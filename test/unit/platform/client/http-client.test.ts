import assert from 'node:assert/strict';
import { createServer, type IncomingMessage, type RequestListener } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { test } from 'node:test';
import type { TLSSocket } from 'node:tls';
import { StatusError } from '../../../../lib/platform/api/status-error.ts';
import { httpClient, type HttpClient } from '../../../../lib/platform/client/http-client.ts';
import { ensureAuthority } from '../../../../lib/platform/pki/authority.ts';
import { pkiFolder } from '../pki/pki-folder.ts';
import type { HttpClientOptions } from '../../../../lib/platform/client/http-transport.ts';

const PODS = { group: '', version: 'v1', resource: 'pods', namespace: 'default' };

async function serve(
  handler: RequestListener,
  options: Partial<HttpClientOptions> = {},
): Promise<{ client: HttpClient } & AsyncDisposable> {
  const server = createServer(handler);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const client = httpClient({ server: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, ...options });
  return {
    client,
    [Symbol.asyncDispose]: async () => {
      client.close();
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

test('a server whose certificate is for another name than its address is taken under that name alone', async (t) => {
  using folder = pkiFolder();
  const authority = await ensureAuthority(folder.dir);
  const pair = await authority.issue({ commonName: 'api', dnsNames: ['web1'], ipAddresses: ['192.0.2.7'], usages: ['server'] });
  const asked: (string | false | null | undefined)[] = [];
  const server = createTlsServer({ cert: pair.certPem, key: pair.keyPem }, (request, response) => {
    asked.push((request.socket as TLSSocket).servername);
    response.setHeader('content-type', 'application/json').end('{"kind":"Pod","metadata":{"name":"p"}}');
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  t.after(() => server.close());
  const at = { server: `https://127.0.0.1:${(server.address() as AddressInfo).port}`, caPem: authority.caPem };
  const ask = async (more: Partial<HttpClientOptions>): Promise<unknown> => {
    const client = httpClient({ ...at, ...more });
    try {
      return (await client.get({ ...PODS, name: 'p' })).metadata.name;
    } finally {
      client.close();
    }
  };
  assert.equal(await ask({ tlsServerName: 'web1' }), 'p');
  // An address is not told beforehand.
  assert.equal(await ask({ tlsServerName: '192.0.2.7' }), 'p');
  assert.deepEqual(asked, ['web1', false]);
  for (const wrong of [{}, { tlsServerName: 'web2' }, { tlsServerName: '192.0.2.8' }])
    assert.match((await rejection(ask(wrong))).message, /does not match certificate's altnames|is not in the cert's list/);
  assert.equal(asked.length, 2);
});

async function body(request: IncomingMessage): Promise<unknown> {
  const parts: Buffer[] = [];
  for await (const part of request) parts.push(part as Buffer);
  return parts.length === 0 ? undefined : JSON.parse(Buffer.concat(parts).toString());
}

const rejection = async (promise: Promise<unknown>): Promise<StatusError> => {
  try {
    await promise;
  } catch (error) {
    assert.ok(error instanceof StatusError, String(error));
    return error;
  }
  return assert.fail('resolved');
};

test('each verb becomes the request that Kubernetes expects', async () => {
  const seen: unknown[] = [];
  await using rig = await serve((request, response) => {
    void body(request).then((sent) => {
      seen.push([request.method, request.url, request.headers['content-type'], sent]);
      response.end('{"kind":"Pod","apiVersion":"v1","metadata":{"name":"a"}}');
    });
  });
  const { client } = rig;
  const pod = { apiVersion: 'v1', kind: 'Pod', metadata: { name: 'a' } };
  await client.get({ ...PODS, name: 'a/b%' });
  await client.list({ group: 'apps', version: 'v1', resource: 'deployments' }, { labelSelector: 'a in (b,c)', limit: 2 });
  await client.create(PODS, pod, { dryRun: true, fieldManager: 'me' });
  await client.create({ ...PODS, name: 'a', subresource: 'binding' }, pod);
  await client.update({ ...PODS, subresource: 'status' }, pod);
  await client.patch({ ...PODS, name: 'a' }, 'application/merge-patch+json', { x: null });
  await client.delete({ ...PODS, name: 'a' }, { gracePeriodSeconds: 0, preconditions: { uid: 'u' } });
  await client.deleteCollection(PODS, { labelSelector: 'x=y' });
  const json = 'application/json';
  assert.deepEqual(seen, [
    ['GET', '/api/v1/namespaces/default/pods/a%2Fb%25', undefined, undefined],
    ['GET', '/apis/apps/v1/deployments?labelSelector=a+in+%28b%2Cc%29&limit=2', undefined, undefined],
    ['POST', '/api/v1/namespaces/default/pods?dryRun=All&fieldManager=me', json, pod],
    ['POST', '/api/v1/namespaces/default/pods/a/binding', json, pod],
    ['PUT', '/api/v1/namespaces/default/pods/a/status', json, pod],
    ['PATCH', '/api/v1/namespaces/default/pods/a', 'application/merge-patch+json', { x: null }],
    [
      'DELETE',
      '/api/v1/namespaces/default/pods/a',
      json,
      { kind: 'DeleteOptions', apiVersion: 'v1', gracePeriodSeconds: 0, preconditions: { uid: 'u' } },
    ],
    ['DELETE', '/api/v1/namespaces/default/pods?labelSelector=x%3Dy', json, { kind: 'DeleteOptions', apiVersion: 'v1' }],
  ]);
});

test('a delete that lost its name never reaches the server, nor does a name made of dots', async () => {
  let requests = 0;
  await using rig = await serve((_request, response) => {
    requests++;
    response.end('{}');
  });
  assert.equal((await rejection(rig.client.delete(PODS))).reason, 'BadRequest');
  assert.equal((await rejection(rig.client.get({ ...PODS, name: '..' }))).reason, 'BadRequest');
  assert.equal((await rejection(rig.client.get({ ...PODS, name: '' }))).reason, 'BadRequest');
  assert.equal(requests, 0);
});

test('a Status body is thrown as it is; other errors become a Status of their code', async () => {
  await using rig = await serve((request, response) => {
    if (request.url!.endsWith('/a')) {
      response.writeHead(409);
      response.end(
        '{"kind":"Status","status":"Failure","reason":"AlreadyExists","message":"pods \\"a\\" already exists","code":409}',
      );
    } else response.writeHead(502).end('<html>bad gateway</html>');
  });
  const known = await rejection(rig.client.get({ ...PODS, name: 'a' }));
  assert.deepEqual([known.code, known.reason, known.message], [409, 'AlreadyExists', 'pods "a" already exists']);
  const unknown = await rejection(rig.client.get({ ...PODS, name: 'b' }));
  assert.deepEqual([unknown.code, unknown.message], [502, '<html>bad gateway</html>']);
});

test('no server is a 503 that names it', async () => {
  const client = httpClient({ server: 'http://127.0.0.1:1' });
  const error = await rejection(client.list(PODS));
  assert.equal(error.code, 503);
  assert.match(error.message, /http:\/\/127\.0\.0\.1:1 failed: .*ECONNREFUSED/);
});

test('an answer that breaks off in the middle is an error, not half an object', async () => {
  await using rig = await serve((_request, response) => {
    response.writeHead(200, { 'content-length': '100' });
    response.write('{"kind":"Pod"', () => response.destroy());
  });
  assert.equal((await rejection(rig.client.get({ ...PODS, name: 'a' }))).code, 503);
});

test('a server that stays silent is given up', async () => {
  await using rig = await serve(() => undefined, { timeout: 50 });
  assert.match((await rejection(rig.client.get({ ...PODS, name: 'a' }))).message, /no answer for 50 ms/);
});

test('a throttled request is sent again after the time that the server names', async () => {
  let requests = 0;
  await using rig = await serve((_request, response) => {
    if (++requests < 3) response.writeHead(429, { 'retry-after': '0' }).end('{}');
    else response.end('{"metadata":{}}');
  });
  await rig.client.get({ ...PODS, name: 'a' });
  assert.equal(requests, 3);
});

test('answers are frozen through and through', async () => {
  await using rig = await serve((_request, response) => void response.end('{"metadata":{"labels":{"a":"b"}}}'));
  const pod = await rig.client.get({ ...PODS, name: 'a' });
  assert.throws(() => (pod.metadata.labels!['a'] = 'c'), TypeError);
});

test('a watch understands frames whatever the boundaries of the chunks', async () => {
  const text = 'ä€😀'.repeat(50_000);
  const frames = [
    { type: 'ADDED', object: { metadata: { name: 'a', annotations: { text } } } },
    { type: 'MODIFIED', object: { metadata: { name: 'a' } } },
    { type: 'DELETED', object: { metadata: { name: 'b' } } },
  ];
  const bytes = Buffer.from(frames.map((frame) => `${JSON.stringify(frame)}\n`).join(''));
  await using rig = await serve((request, response) => {
    assert.equal(
      request.url,
      '/api/v1/namespaces/default/pods?resourceVersion=7&watch=true&allowWatchBookmarks=true&timeoutSeconds=300',
    );
    // Odd sizes cut characters and frames in two.
    for (let at = 0; at < bytes.length; at += 997) response.write(bytes.subarray(at, at + 997));
    response.end();
  });
  const got = await Array.fromAsync(
    rig.client.watch(PODS, { resourceVersion: '7', allowWatchBookmarks: true, timeoutSeconds: 300 }),
  );
  assert.deepEqual(got, frames);
});

test('a watch of a server that went silent ends with an error, an aborted one without', async () => {
  const event = '{"type":"ADDED","object":{"metadata":{"name":"a"}}}\n';
  await using rig = await serve((_request, response) => void response.write(event), { watchIdleTimeout: 2_000 });
  const names: string[] = [];
  const follow = async (signal?: AbortSignal): Promise<void> => {
    for await (const { object } of rig.client.watch(PODS, signal === undefined ? {} : { signal }))
      names.push(object.metadata.name!);
  };
  assert.equal((await rejection(follow())).code, 503);
  assert.deepEqual(names, ['a']);

  const abort = new AbortController();
  const running = follow(abort.signal);
  setImmediate(() => abort.abort());
  await running;
});

test('leaving a watch closes its connection', async () => {
  const closed = Promise.withResolvers<void>();
  await using rig = await serve((_request, response) => {
    response.on('close', closed.resolve);
    response.write('{"type":"ADDED","object":{"metadata":{"name":"a"}}}\n');
  });
  for await (const event of rig.client.watch(PODS)) if (event.type === 'ADDED') break;
  await closed.promise;
});

test('the user name of a token is the subject of its claims', () => {
  const token = `e30.${Buffer.from('{"sub":"system:serviceaccount:a:b"}').toString('base64url')}.x`;
  assert.equal(httpClient({ server: 'https://127.0.0.1:1', token }).userName, 'system:serviceaccount:a:b');
  assert.equal(httpClient({ server: 'https://127.0.0.1:1', token: 'opaque' }).userName, 'unknown');
});
