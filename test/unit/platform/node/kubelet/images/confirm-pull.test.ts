import assert from 'node:assert/strict';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { test } from 'node:test';
import { confirmPull } from '../../../../../../lib/platform/node/kubelet/images/confirm-pull.ts';

const DIGEST = `sha256:${'ab'.repeat(32)}`;

/** A registry that has one image, which ann may pull. */
async function startRegistry() {
  const asked: string[] = [];
  const ann = `Basic ${Buffer.from('ann:hers').toString('base64')}`;
  const server = createServer(({ url = '', headers, method }, response) => {
    if (url === '/v2/') return void response.writeHead(401, { 'www-authenticate': 'Basic realm="registry"' }).end();
    asked.push(`${method} ${url}`);
    response.writeHead(headers.authorization !== ann ? 401 : url.endsWith(DIGEST) ? 200 : 404).end();
  });
  await new Promise<void>((resolve) => void server.listen(0, '127.0.0.1', resolve));
  return { asked, host: `127.0.0.1:${(server.address() as AddressInfo).port}`, [Symbol.dispose]: () => void server.close() };
}

test('who may pull is asked of the registry, by the digest alone and before anything is pulled', async () => {
  using registry = await startRegistry();
  const { signal } = new AbortController();
  const image = `${registry.host}/shop/web:1@${DIGEST}`;
  await confirmPull(image, { username: 'ann', password: 'hers' }, signal);
  await assert.rejects(
    confirmPull(image, { username: 'bob', password: 'his' }, signal),
    new RegExp(`pull access denied for ${registry.host}/shop/web`),
  );
  await assert.rejects(confirmPull(image, undefined, signal), /pull access denied/);
  assert.deepEqual(new Set(registry.asked), new Set([`HEAD /v2/shop/web/manifests/${DIGEST}`]));
  await assert.rejects(
    confirmPull(image.replaceAll('ab', 'cd'), { username: 'ann', password: 'hers' }, signal),
    /manifest unknown/,
  );
});

test('a reference by its tag is left to the engine, which asks by itself', async () => {
  using registry = await startRegistry();
  await confirmPull(`${registry.host}/shop/web:1`, undefined, new AbortController().signal);
  assert.deepEqual(registry.asked, []);
});
