import assert from 'node:assert/strict';
import { X509Certificate } from 'node:crypto';
import { test } from 'node:test';
import { resolveConfig } from '../../../lib/platform/config/load-config.ts';
import { ensureCertificates } from '../../../lib/platform/ensure-credentials.ts';
import { pkiFolder } from './pki/pki-folder.ts';

test("the API's certificate is for what the configuration says, from the next start on, and the authority stays", async () => {
  using folder = pkiFolder();
  const facts = { hostname: 'web1', defaultAddress: '192.0.2.7', addresses: ['192.0.2.7'] };
  const start = (tlsSANs: readonly string[]) =>
    ensureCertificates(resolveConfig('file', { dataDir: folder.dir, tlsSANs: [...tlsSANs] }, facts));
  const before = await start([]);
  const after = await start(['203.0.113.5', 'web1.example.com']);
  const [old, now] = [before, after].map(({ apiserver }) => new X509Certificate(apiserver.certPem)) as [
    X509Certificate,
    X509Certificate,
  ];
  for (const [name, was] of [
    ['web1', 'web1'],
    ['web1.example.com', undefined],
  ] as const) {
    assert.equal(old.checkHost(name), was);
    assert.equal(now.checkHost(name), name);
  }
  for (const [address, was] of [
    ['192.0.2.7', '192.0.2.7'],
    ['203.0.113.5', undefined],
  ] as const) {
    assert.equal(old.checkIP(address), was);
    assert.equal(now.checkIP(address), address);
  }
  assert.deepEqual([after.caPem, after.apiserver.keyPem], [before.caPem, before.apiserver.keyPem]);
  assert.equal((await start(['203.0.113.5', 'web1.example.com'])).apiserver.certPem, after.apiserver.certPem);
});
