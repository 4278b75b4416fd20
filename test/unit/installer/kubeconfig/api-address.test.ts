import assert from 'node:assert/strict';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { createServer } from 'node:tls';
import { chooseApiAddress, tlsServerName } from '../../../../lib/installer/kubeconfig/api-address.ts';
import { ensurePlatformCertificates } from '../../../../lib/platform/pki/platform-certificates.ts';

const dir = mkdtempSync(join(tmpdir(), 'oo-address-'));
after(() => rmSync(dir, { recursive: true }));
const pki = await ensurePlatformCertificates(dir, { nodeName: 'web1', addresses: ['192.0.2.10'], dnsNames: [] });
const server = createServer({ cert: pki.apiserver.certPem, key: pki.apiserver.keyPem }).listen(0, '127.0.0.1');
server.on('tlsClientError', () => undefined);
after(() => server.close());
await once(server, 'listening');
const { port } = server.address() as AddressInfo;
const names = ['web1', 'localhost', 'kubernetes', '192.0.2.10', '127.0.0.1', '0:0:0:0:0:0:0:1'];
const api = { server: `https://127.0.0.1:${port}`, authority: Buffer.from(pki.caPem), names };

test('a name or an address that the certificate covers needs no other', () => {
  for (const host of ['web1', 'WEB1', '192.0.2.10', '::1', 'localhost'])
    assert.equal(tlsServerName(host, names), undefined, host);
  assert.equal(tlsServerName('203.0.113.5', names), 'web1');
  assert.equal(tlsServerName('web1.example.org', names), 'web1');
  assert.equal(tlsServerName('web1.example.org', ['192.0.2.10']), 'kubernetes');
});

test('on the server itself its own kubeconfig is right', async () => {
  assert.deepEqual(await chooseApiAddress(api, undefined), { server: api.server, tlsServerName: undefined, answers: true });
});

test('the address at which ssh reaches it is taken when an API with this authority answers there, checked for a name that it has', async () => {
  // 127.0.0.2 is not in the certificate.
  const second = createServer({ cert: pki.apiserver.certPem, key: pki.apiserver.keyPem }).listen(port, '127.0.0.2');
  await once(second, 'listening');
  const found = await chooseApiAddress(api, { host: '127.0.0.2', jumped: false });
  second.close();
  assert.deepEqual(found, { server: `https://127.0.0.2:${port}`, tlsServerName: 'web1', answers: true });
});

test('where that does not answer, the advertised address is', async () => {
  const found = await chooseApiAddress(api, { host: '127.0.0.3', jumped: true });
  assert.deepEqual(found, { server: api.server, tlsServerName: undefined, answers: true });
});

test('another authority is no answer', async () => {
  const stranger = await ensurePlatformCertificates(join(dir, 'other'), { nodeName: 'x', addresses: [], dnsNames: [] });
  const found = await chooseApiAddress({ ...api, authority: Buffer.from(stranger.caPem) }, { host: '127.0.0.1', jumped: false });
  assert.equal(found.answers, false);
});

test('an address that is asked for is taken as it is; what is no URL of an API is refused', async () => {
  const found = await chooseApiAddress(api, { host: 'x', jumped: false }, `https://localhost:${port}`);
  assert.deepEqual(found, { server: `https://localhost:${port}`, tlsServerName: undefined, answers: true });
  for (const text of ['web1', 'http://web1', 'https://web1/path', 'https://u:p@web1', '$(reboot)']) {
    await assert.rejects(chooseApiAddress(api, undefined, text), { code: 'SERVER_INVALID' }, text);
  }
});
