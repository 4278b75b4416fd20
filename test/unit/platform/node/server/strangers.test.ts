import assert from 'node:assert/strict';
import { once } from 'node:events';
import { connect as connectTcp, type Socket } from 'node:net';
import { test } from 'node:test';
import { connect } from 'node:tls';
import { eventually } from '../../../../support/eventually.ts';
import { LocalRuntime, onePod } from './local-runtime.ts';
import { serve } from './serve.ts';

test('strangers cannot take the places of the API server', async (t) => {
  const served = await serve(t, { pods: onePod({}), runtime: new LocalRuntime() });
  const strangers: Socket[] = [];
  t.after(() => strangers.forEach((socket) => socket.destroy()));
  const own = connect({ host: '127.0.0.1', port: served.port, ...served.tls });
  t.after(() => void own.destroy());
  await once(own, 'secureConnect');
  for (let i = 0; i < 400; i++) {
    const socket = connectTcp(served.port, '127.0.0.1');
    socket.on('error', () => undefined);
    strangers.push(socket);
    if (i % 50 === 0) await once(socket, 'connect');
  }
  await eventually(() => assert.ok(strangers.filter((socket) => !socket.closed).length <= 200));
  assert.equal((await served.get('/healthz')).code, 200);
  assert.equal(own.closed, false);
});
