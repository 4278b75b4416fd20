import assert from 'node:assert/strict';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer, type Server } from 'node:https';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { ensureAuthority } from '../../../lib/platform/pki/authority.ts';
import { eventually } from '../../support/eventually.ts';
import { wireClient } from '../../support/wire/wire-client.ts';
import { startRecordingProxy } from '../../support/wire/recording-proxy.ts';

// A platform of few words: it says what it was sent, and its address where OAuth is asked for.
const folder = mkdtempSync(join(tmpdir(), 'oo-test-recorded-'));
let server: Server;
let target: { server: string; caPem: string };
let ended = 0;

before(async () => {
  const authority = await ensureAuthority(folder);
  const pair = await authority.issue({ commonName: 'platform', usages: ['server'], ipAddresses: ['127.0.0.1'] });
  server = createServer({ cert: pair.certPem, key: pair.keyPem }, (request, response) => {
    if (request.url!.startsWith('/.well-known/')) return void response.end(JSON.stringify({ issuer: target.server }));
    if (request.url === '/watch') {
      response.write('{"type":"ADDED","object":{"metadata":{"name":"a"}}}\n');
      return void response.once('close', () => ended++);
    }
    response.writeHead(201, { 'content-type': 'text/plain' });
    response.write(`${request.method} ${request.headers.authorization} ${request.headers.host} `);
    request.pipe(response);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  target = { server: `https://127.0.0.1:${(server.address() as AddressInfo).port}`, caPem: authority.caPem };
});
after(() => {
  server.closeAllConnections();
  server.close();
  rmSync(folder, { recursive: true });
});

test('passes on what a client sends, and sees both sides; a watch ends there when it ends here', async () => {
  await using proxy = await startRecordingProxy(target);
  const { send, close } = wireClient(proxy.url, proxy.caPem);
  const answer = await send({ call: 'POST /pods?a=b', json: { a: 1 }, status: 201 }, 'token');
  assert.equal(answer.text, `POST Bearer token ${new URL(target.server).host} {"a":1}`);
  await send({ call: 'GET /watch', status: 200, watchUntil: ({ type }) => type === 'ADDED' });
  await eventually(() => ended === 1);
  const oauth = await send({ call: 'GET /.well-known/oauth-authorization-server', status: 200 });
  assert.deepEqual(oauth.object, { issuer: proxy.url });
  close();
  const [post, watch] = proxy.take();
  assert.partialDeepStrictEqual(post, {
    method: 'POST',
    path: '/pods?a=b',
    status: 201,
    answerType: 'text/plain',
    answer: answer.text,
  });
  assert.equal(post?.body.toString(), '{"a":1}');
  assert.match(watch!.answer, /"ADDED"/);
  assert.deepEqual(proxy.take(), []);
});
