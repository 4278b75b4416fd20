import assert from 'node:assert/strict';
import { X509Certificate } from 'node:crypto';
import { test } from 'node:test';
import { resolveConfig } from '../../../lib/platform/config/load-config.ts';
import { ensureCertificates } from '../../../lib/platform/ensure-credentials.ts';
import { pkiFolder } from './pki/pki-folder.ts';

/** One that it has anyway, too. */
const SANS = ['203.0.113.5', '2001:db8::5', 'web1.example.com', 'web1'];

test("the API's certificate is for what the configuration says, from the next start on, and the authority stays", async () => {
  using folder = pkiFolder();
  const facts = { hostname: 'web1', defaultAddress: '192.0.2.7', addresses: ['192.0.2.7'] };
  const start = (tlsSANs: readonly string[]) =>
    ensureCertificates(resolveConfig('file', { dataDir: folder.dir, tlsSANs: [...tlsSANs] }, facts));
  const before = await start([]);
  const after = await start(SANS);
  const covered = ({ apiserver }: typeof before) => {
    const certificate = new X509Certificate(apiserver.certPem);
    const names = ['web1', 'web1.example.com'].filter((name) => certificate.checkHost(name) !== undefined);
    return [
      ...names,
      ...['192.0.2.7', '203.0.113.5', '2001:db8::5'].filter((address) => certificate.checkIP(address) !== undefined),
    ];
  };
  assert.deepEqual(covered(before), ['web1', '192.0.2.7']);
  assert.deepEqual(covered(after), ['web1', 'web1.example.com', '192.0.2.7', '203.0.113.5', '2001:db8::5']);
  assert.deepEqual([after.caPem, after.apiserver.keyPem], [before.caPem, before.apiserver.keyPem]);
  assert.equal((await start(SANS)).apiserver.certPem, after.apiserver.certPem);
});
