import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { test } from 'node:test';
import { ownRange } from '../../../../../lib/installer/lab/aws/own-address.ts';

/** Answers everybody with this, as https://checkip.amazonaws.com does with an address and a line's end. */
async function standIn(status: number, body: string, headers: Record<string, string> = {}) {
  const server = createServer((_request, response) => response.writeHead(status, headers).end(body)).listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/`,
    [Symbol.dispose]: () => {
      server.closeAllConnections();
      server.close();
    },
  };
}

test('the address that Amazon sees becomes a range of one', async () => {
  using there = await standIn(200, '203.0.113.7\n');
  assert.equal(await ownRange(there.url), '203.0.113.7/32');
});

for (const [what, status, body, headers] of [
  ['an IPv6 address, which no rule of a lab takes', 200, '2001:db8::7\n', {}],
  ["a portal's page", 200, '<html>please log in</html>', {}],
  ['an error', 503, '203.0.113.7\n', {}],
  ['a redirection', 302, '', { location: 'http://127.0.0.1:1/' }],
] as const) {
  test(`${what} opens nothing: it is told what to set`, async () => {
    using there = await standIn(status, body, headers);
    await assert.rejects(ownRange(there.url), (error: { code: string; hint: string }) => {
      assert.equal(error.code, 'LAB_OWN_ADDRESS_UNKNOWN');
      assert.match(error.hint, /set access\.ssh/);
      return true;
    });
  });
}

test('nobody there', async () => {
  const gone = await standIn(200, '');
  gone[Symbol.dispose]();
  await assert.rejects(ownRange(gone.url), { code: 'LAB_OWN_ADDRESS_UNKNOWN' });
});
