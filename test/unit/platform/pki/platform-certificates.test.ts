import assert from 'node:assert/strict';
import { createPrivateKey, createPublicKey, X509Certificate } from 'node:crypto';
import { once } from 'node:events';
import { readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { test } from 'node:test';
import { connect, createServer, type TLSSocket } from 'node:tls';
import {
  ensurePlatformCertificates,
  type PlatformCertificateOptions,
  type PlatformCertificates,
} from '../../../../lib/platform/pki/platform-certificates.ts';
import { day, pkiFolder } from './pki-folder.ts';

const options: PlatformCertificateOptions = {
  nodeName: 'node-1',
  addresses: ['10.0.0.5', '172.30.0.1', 'fd00::5'],
  dnsNames: ['node-1.example.com'],
};

const pairs = ['apiserver', 'kubeletClient', 'kubelet'] as const;

function certs(found: PlatformCertificates): string[] {
  return [found.caPem, ...pairs.map((pair) => found[pair].certPem), found.saKeyPem];
}

test('a client that trusts the CA speaks to the API by each of its names, and is known by its certificate', async (t) => {
  using folder = pkiFolder();
  const found = await ensurePlatformCertificates(folder.dir, options);
  const server = createServer({
    cert: found.apiserver.certPem,
    key: found.apiserver.keyPem,
    ca: found.caPem,
    requestCert: true,
    rejectUnauthorized: true,
  });
  server.listen(0, '127.0.0.1');
  t.after(() => server.close());
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  const { certPem: cert, keyPem: key } = found.kubeletClient;
  for (const servername of ['localhost', 'node-1', 'node-1.example.com', 'kubernetes', 'kubernetes.default.svc.cluster.local']) {
    const client = connect({ port, host: '127.0.0.1', servername, ca: found.caPem, cert, key });
    t.after(() => client.destroy());
    const [[peer]] = (await Promise.all([once(server, 'secureConnection'), once(client, 'secureConnect')])) as [
      [TLSSocket],
      unknown,
    ];
    t.after(() => peer.destroy());
    assert.equal(peer.getPeerCertificate().subject.CN, 'kube-apiserver-kubelet-client');
    assert.equal(peer.getPeerCertificate().subject.O, 'system:masters');
  }
  for (const address of [...options.addresses, '127.0.0.1', '::1']) {
    assert.ok(new X509Certificate(found.apiserver.certPem).checkIP(address), address);
    assert.ok(new X509Certificate(found.kubelet.certPem).checkIP(address), address);
  }
  assert.match(new X509Certificate(found.kubelet.certPem).subject, /CN=system:node:node-1/);
});

test('every file is for its owner only, and a second run changes none', async () => {
  using folder = pkiFolder();
  const first = await ensurePlatformCertificates(folder.dir, options);
  const names = readdirSync(folder.dir, { recursive: true })
    .map(String)
    .filter((name) => !statSync(join(folder.dir, name)).isDirectory())
    .sort();
  assert.deepEqual(names, [
    'apiserver-kubelet-client.crt',
    'apiserver-kubelet-client.key',
    'apiserver.crt',
    'apiserver.key',
    'ca.crt',
    'ca.key',
    'front-proxy-client.crt',
    'front-proxy-client.key',
    'front-proxy/ca.crt',
    'front-proxy/ca.key',
    'kubelet.crt',
    'kubelet.key',
    'registry-token-signer.crt',
    'registry-token-signer.key',
    'registry-tokens/ca.crt',
    'registry-tokens/ca.key',
    'registry.crt',
    'registry.key',
    'router.crt',
    'router.key',
    'sa.key',
    'sa.pub',
  ]);
  const stats = (): unknown[] =>
    names.map((name) => [name, statSync(join(folder.dir, name)).mode & 0o777, statSync(join(folder.dir, name)).mtimeMs]);
  const before = stats();
  for (const [name, mode] of before as [string, number][]) assert.equal(mode, 0o600, name);
  assert.deepEqual(certs(await ensurePlatformCertificates(folder.dir, options)), certs(first));
  assert.deepEqual(stats(), before);
});

test('processes that start at once end with pairs that belong together', async () => {
  using folder = pkiFolder();
  const all = await Promise.all(Array.from({ length: 5 }, () => ensurePlatformCertificates(folder.dir, options)));
  for (const found of [...all, await ensurePlatformCertificates(folder.dir, options)])
    for (const pair of pairs)
      assert.ok(new X509Certificate(found[pair].certPem).checkPrivateKey(createPrivateKey(found[pair].keyPem)), pair);
  assert.equal(new Set(all.map((found) => found.saKeyPem)).size, 1);
});

test('a certificate is issued again for the same key when under 30 days are left, and not before', async () => {
  using folder = pkiFolder();
  const first = await ensurePlatformCertificates(folder.dir, options);
  const later = await ensurePlatformCertificates(folder.dir, { ...options, now: () => Date.now() + 334 * day });
  assert.deepEqual(certs(later), certs(first));
  const renewed = await ensurePlatformCertificates(folder.dir, { ...options, now: () => Date.now() + 336 * day });
  for (const pair of pairs) {
    assert.notEqual(renewed[pair].certPem, first[pair].certPem);
    assert.equal(renewed[pair].keyPem, first[pair].keyPem);
  }
  assert.equal(renewed.caPem, first.caPem);
  assert.equal(renewed.saKeyPem, first.saKeyPem);
});

test('a new address, a lost one, another name: only the certificates that say so are issued again', async () => {
  using folder = pkiFolder();
  const first = await ensurePlatformCertificates(folder.dir, options);
  for (const change of [
    { addresses: [...options.addresses, '10.0.0.6'] },
    { addresses: options.addresses.slice(1) },
    { dnsNames: ['node-1.example.org'] },
  ]) {
    const changed = await ensurePlatformCertificates(folder.dir, { ...options, ...change });
    assert.notEqual(changed.apiserver.certPem, first.apiserver.certPem);
    assert.notEqual(changed.kubelet.certPem, first.kubelet.certPem);
    assert.equal(changed.kubeletClient.certPem, first.kubeletClient.certPem);
  }
  const renamed = await ensurePlatformCertificates(folder.dir, { ...options, nodeName: 'node-2' });
  assert.match(new X509Certificate(renamed.kubelet.certPem).subject, /CN=system:node:node-2/);
});

test('when the authority was replaced, everything is issued by the new one', async () => {
  using folder = pkiFolder();
  await ensurePlatformCertificates(folder.dir, options);
  for (const name of ['ca.crt', 'ca.key']) rmSync(join(folder.dir, name));
  const found = await ensurePlatformCertificates(folder.dir, options);
  const authority = new X509Certificate(found.caPem);
  for (const pair of pairs) assert.ok(new X509Certificate(found[pair].certPem).verify(authority.publicKey), pair);
});

test('a certificate whose key was replaced is issued again, for the key that is there', async () => {
  using folder = pkiFolder();
  const first = await ensurePlatformCertificates(folder.dir, options);
  const { keyPem } = await first.authority.issue({ commonName: 'x', usages: ['client'] });
  writeFileSync(join(folder.dir, 'apiserver.key'), keyPem);
  const found = await ensurePlatformCertificates(folder.dir, options);
  assert.equal(found.apiserver.keyPem, keyPem);
  assert.ok(new X509Certificate(found.apiserver.certPem).checkPrivateKey(createPrivateKey(keyPem)));
  assert.equal(found.kubelet.certPem, first.kubelet.certPem);
});

test('a damaged file is named, with the way out', async () => {
  using folder = pkiFolder();
  await ensurePlatformCertificates(folder.dir, options);
  for (const name of ['apiserver.crt', 'kubelet.key', 'sa.key']) {
    const path = join(folder.dir, name);
    const whole = readFileSync(path);
    writeFileSync(path, whole.subarray(0, 60));
    await assert.rejects(ensurePlatformCertificates(folder.dir, options), (error: Error & { hint: string; code: string }) => {
      assert.equal(error.code, 'PKI_FILE_UNREADABLE');
      assert.ok(error.message.includes(path) && error.hint.includes('move it away'), error.message);
      return true;
    });
    writeFileSync(path, whole);
  }
});

test('the public half of the service-account key follows its private half', async () => {
  using folder = pkiFolder();
  const found = await ensurePlatformCertificates(folder.dir, options);
  writeFileSync(join(folder.dir, 'sa.pub'), 'stale');
  const again = await ensurePlatformCertificates(folder.dir, options);
  assert.equal(again.saPubPem, found.saPubPem);
  assert.equal(readFileSync(join(folder.dir, 'sa.pub'), 'utf8'), found.saPubPem);
  assert.equal(createPublicKey(found.saKeyPem).export({ type: 'spki', format: 'pem' }), found.saPubPem);
});
