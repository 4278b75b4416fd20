import assert from 'node:assert/strict';
import { createServer, type Server } from 'node:http';
import { after, before, describe, it } from 'node:test';
import { patient } from '../../../../../support/patience.ts';
import { httpProbe, resolvePort, tcpProbe } from '../../../../../../lib/platform/node/kubelet/probes/probe-actions.ts';

/** For what answers, in ms: no machine takes so long. */
const LONG = patient(20_000);
const container = { name: 'c', ports: [{ name: 'web', containerPort: 8080 }] };

describe('probes', () => {
  let server: Server;
  let port: number;
  before(async () => {
    server = createServer((request, response) => {
      if (request.url === '/slow') return;
      const code = Number(request.url!.slice(1));
      response.writeHead(code, { location: 'http://192.0.2.1/' }).end(request.headers['x-test'] ?? 'body'.repeat(10_000));
    }).listen(0, '127.0.0.1');
    await new Promise((resolve) => server.once('listening', resolve));
    ({ port } = server.address() as { port: number });
  });
  after(() => {
    server.closeAllConnections();
    server.close();
  });

  it('takes 200 to 399 for health, and follows nothing', async () => {
    for (const code of [200, 204, 302, 399])
      assert.deepEqual(await httpProbe({ port, path: `/${code}` }, '127.0.0.1', container, LONG), { ok: true, output: '' });
    for (const code of [400, 404, 500]) {
      const outcome = await httpProbe({ port, path: `${code}` }, '127.0.0.1', container, LONG);
      assert.deepEqual(outcome, { ok: false, output: `HTTP probe failed with statuscode: ${code}` });
    }
  });

  it('says what went wrong as Go would', async () => {
    // Nobody listens on it.
    const refused = await httpProbe({ port: 1, path: '/x' }, '127.0.0.1', container, LONG);
    assert.equal(refused.output, 'Get "http://127.0.0.1:1/x": dial tcp 127.0.0.1:1: connect: connection refused');
    const slow = await httpProbe({ port, path: '/slow' }, '127.0.0.1', container, 30);
    assert.equal(
      slow.output,
      `Get "http://127.0.0.1:${port}/slow": context deadline exceeded (Client.Timeout exceeded while awaiting headers)`,
    );
    assert.equal(
      (await tcpProbe({ port: 1 }, '127.0.0.1', container, LONG)).output,
      'dial tcp 127.0.0.1:1: connect: connection refused',
    );
    assert.deepEqual(await tcpProbe({ port }, '127.0.0.1', container, LONG), { ok: true, output: '' });
  });

  it('finds ports by name', () => {
    assert.deepEqual(
      [resolvePort('web', container), resolvePort('80', container), resolvePort(443, container), resolvePort('nope', container)],
      [8080, 80, 443, undefined],
    );
  });
});
