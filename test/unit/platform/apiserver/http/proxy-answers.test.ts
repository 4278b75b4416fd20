import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer as createHttp, request, type IncomingMessage } from 'node:http';
import { type AddressInfo, createServer, type Server } from 'node:net';
import { text } from 'node:stream/consumers';
import { type TestContext, test } from 'node:test';
import { type Peer, proxyToPeer } from '../../../../../lib/platform/apiserver/http/proxy-subresource.ts';
import type { RequestContext } from '../../../../../lib/platform/apiserver/http/request-context.ts';
import { isReason } from '../../../../../lib/platform/api/status-error.ts';

async function listening(t: TestContext, server: Server): Promise<number> {
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  t.after(() => server.close());
  return (server.address() as AddressInfo).port;
}

/** What a client gets through the proxy from a server that says these bytes, and hangs on. */
async function through(t: TestContext, bytes: string): Promise<string> {
  const pod = await listening(
    t,
    createServer((socket) => {
      t.after(() => socket.destroy());
      socket.on('error', () => undefined).once('data', () => socket.write(bytes));
    }),
  );
  const peer: Peer = {
    path: { prefix: '/p', path: '/', query: '' },
    authority: `127.0.0.1:${pod}`,
    open: (method, headers) => request({ port: pod, method, headers, agent: false }),
  };
  const proxy = await listening(
    t,
    createHttp((asked, response) => {
      proxyToPeer({ request: asked, response } as unknown as RequestContext, peer).catch((error: Error) => {
        response.writeHead(isReason(error, 'ServiceUnavailable') ? 503 : 500).end(error.message);
      });
    }),
  );
  const asked = request({ port: proxy, agent: false }).end();
  const [answer] = (await once(asked, 'response')) as [IncomingMessage];
  return `${answer.statusCode} ${await text(answer)}`;
}

test('a server behind us that answers what no answer can be is unreachable, and takes nothing down', async (t) => {
  const trouble = '503 error trying to reach service:';
  assert.equal(await through(t, 'HTTP/1.1 042 Odd\r\nContent-Length: 2\r\n\r\nno'), `${trouble} the server answered with 42`);
  assert.equal(await through(t, 'HTTP/1.1 101 Switching\r\n\r\n'), `${trouble} the server answered with 101`);
  const switching = 'HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: h2c\r\n\r\n';
  assert.equal(await through(t, switching), `${trouble} socket hang up`);
  const informed = 'HTTP/1.1 103 Early Hints\r\n\r\n'.repeat(1000);
  assert.equal(await through(t, `${informed}HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok`), '200 ok');
});
