import assert from 'node:assert/strict';
import { networkInterfaces } from 'node:os';
import { test } from 'node:test';
import { reachFromHere } from '../../../../lib/platform/apps/reach-from-here.ts';

const url = 'http://shop-web.apps.localhost:8080/';

test('who is not on the server is told how to reach a name that every machine takes for itself', async () => {
  for (const [server, host] of [
    ['https://192.0.2.7:8443', '192.0.2.7'],
    ['https://[2001:db8::7]:8443', '[2001:db8::7]'],
  ] as const)
    assert.ok((await reachFromHere(url, server)).endsWith(` From here:\n  curl --connect-to ::${host}: ${url}\n`), server);
});

test('on the server itself, and where applications have a domain, the URL works as it is', async () => {
  const own = Object.values(networkInterfaces()).flat().map((one) => (one!.family === 'IPv6' ? `[${one!.address}]` : one!.address)); // prettier-ignore
  for (const host of ['localhost', '127.0.0.1', '127.0.7.7', '[::1]', ...own])
    assert.equal(await reachFromHere(url, `https://${host}:8443`), '', host);
  assert.equal(await reachFromHere('https://shop-web.apps.example.com/', 'https://192.0.2.7:8443'), '');
});
