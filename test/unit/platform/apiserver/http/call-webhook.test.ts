import assert from 'node:assert/strict';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { createServer } from 'node:tls';
import { callWebhook } from '../../../../../lib/platform/apiserver/admission/webhooks/call-webhook.ts';
import type { Webhook } from '../../../../../lib/platform/api/admissionregistration/webhook-validation.ts';
import type { ObjectCache } from '../../../../../lib/platform/apiserver/store/object-cache.ts';
import { ensureAuthority } from '../../../../../lib/platform/pki/authority.ts';

test('a webhook that changes the protocol has failed, at once', async (t) => {
  const dir = await mkdtemp(join(tmpdir(), 'call-webhook-'));
  t.after(() => rm(dir, { recursive: true, force: true }));
  const authority = await ensureAuthority(dir);
  const { certPem, keyPem } = await authority.issue({ commonName: 'hook', ipAddresses: ['127.0.0.1'], usages: ['server'] });
  const server = createServer({ cert: certPem, key: keyPem }, (socket) => {
    t.after(() => socket.destroy());
    socket.on('error', () => undefined);
    socket.once('data', () => socket.write('HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: x\r\n\r\n'));
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  t.after(() => server.close());
  const url = `https://127.0.0.1:${(server.address() as AddressInfo).port}/review`;
  const caBundle = Buffer.from(authority.caPem).toString('base64');
  const webhook = { name: 'a.b.c', clientConfig: { url, caBundle } } as unknown as Webhook;
  const failure = await callWebhook(webhook, undefined as unknown as ObjectCache, '{}').catch((error: Error) => error);
  assert.ok(failure instanceof Error);
  assert.match(String((failure.cause as Error).message), /socket hang up/);
});
