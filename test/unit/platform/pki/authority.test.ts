import assert from 'node:assert/strict';
import { generateKeyPairSync, X509Certificate } from 'node:crypto';
import {
  chmodSync,
  copyFileSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { OoError } from '../../../../lib/common/errors.ts';
import { ensureAuthority } from '../../../../lib/platform/pki/authority.ts';
import { day, pkiFolder } from './pki-folder.ts';

function refusal(code: string, ...texts: RegExp[]): (error: unknown) => boolean {
  return (error) => {
    assert.ok(error instanceof OoError, String(error));
    assert.equal(error.code, code);
    for (const text of texts) assert.match(`${error.message}\n${error.hint}`, text);
    return true;
  };
}

test('an authority is made once, for 10 years, its key for its owner only', async () => {
  using folder = pkiFolder();
  const authority = await ensureAuthority(folder.dir);
  assert.equal(statSync(folder.dir).mode & 0o777, 0o700);
  for (const name of readdirSync(folder.dir)) assert.equal(statSync(join(folder.dir, name)).mode & 0o777, 0o600, name);
  assert.equal((await ensureAuthority(folder.dir)).caPem, authority.caPem);
  const certificate = new X509Certificate(readFileSync(join(folder.dir, 'ca.crt')));
  assert.equal(certificate.ca, true);
  assert.ok(certificate.validToDate.getTime() - Date.now() > 3649 * day);
  assert.equal(certificate.publicKey.asymmetricKeyDetails?.namedCurve, 'prime256v1');
});

test('a leaf says what it was asked to, for a year, and verifies against the authority', async () => {
  using folder = pkiFolder();
  const authority = await ensureAuthority(folder.dir);
  const { certPem, keyPem } = await authority.issue({
    commonName: 'system:node:a, b=c+"',
    organizations: ['system:nodes', 'g,2'],
    dnsNames: ['node-1.example.com', 'localhost'],
    ipAddresses: ['10.0.0.5', 'fd00::5'],
    usages: ['server', 'client'],
  });
  const certificate = new X509Certificate(certPem);
  assert.ok(certificate.verify(authority.certificate.publicKey));
  assert.ok(certificate.checkIssued(authority.certificate));
  assert.equal(certificate.ca, false);
  assert.deepEqual({ ...certificate.toLegacyObject().subject }, { O: ['system:nodes', 'g,2'], CN: 'system:node:a, b=c+"' });
  assert.deepEqual(certificate.keyUsage, ['1.3.6.1.5.5.7.3.1', '1.3.6.1.5.5.7.3.2']);
  for (const name of ['node-1.example.com', 'localhost']) assert.equal(certificate.checkHost(name), name);
  for (const address of ['10.0.0.5', 'fd00::5']) assert.ok(certificate.checkIP(address), address);
  const days = (certificate.validToDate.getTime() - Date.now()) / day;
  assert.ok(days > 364 && days <= 365, `${days} days`);
  assert.match(keyPem, /^-----BEGIN PRIVATE KEY-----/);
});

test('serial numbers are random and positive', async () => {
  using folder = pkiFolder();
  const authority = await ensureAuthority(folder.dir);
  const serials = new Set<string>();
  for (let i = 0; i < 20; i++) {
    const { serialNumber } = new X509Certificate((await authority.issue({ commonName: 'x', usages: ['client'] })).certPem);
    assert.match(serialNumber, /^[4-7][0-9A-F]{31}$/);
    serials.add(serialNumber);
  }
  assert.equal(serials.size, 20);
});

test('names that no certificate can hold are refused with the name', async () => {
  using folder = pkiFolder();
  const authority = await ensureAuthority(folder.dir);
  const bad = [
    { commonName: '' },
    { commonName: 'a\0b' },
    { commonName: 'x', organizations: ['a\nb'] },
    { commonName: 'x', dnsNames: ['exämple'] },
    { commonName: 'x', dnsNames: ['a..b'] },
    { commonName: 'x', ipAddresses: ['10.0.0.256'] },
    { commonName: 'x', ipAddresses: ['fe80::1%eth0'] },
  ];
  for (const request of bad)
    await assert.rejects(
      authority.issue({ ...request, usages: ['client'] }),
      refusal('PKI_INVALID_NAME', /cannot stand in a certificate/),
    );
});

test('processes that start at once agree on one authority', async () => {
  using folder = pkiFolder();
  const authorities = await Promise.all(Array.from({ length: 8 }, () => ensureAuthority(folder.dir)));
  assert.equal(new Set(authorities.map((one) => one.caPem)).size, 1);
  assert.deepEqual(readdirSync(folder.dir).sort(), ['ca.crt', 'ca.key']);
});

test('a key without its certificate, left by a kill, gets one; what was half-written goes', async () => {
  using folder = pkiFolder();
  const first = await ensureAuthority(folder.dir);
  const key = readFileSync(join(folder.dir, 'ca.key'), 'utf8');
  rmSync(join(folder.dir, 'ca.crt'));
  const left = join(folder.dir, '.ca.crt.0123456789abcdef.tmp');
  writeFileSync(left, 'half');
  utimesSync(left, new Date(0), new Date(0));
  const second = await ensureAuthority(folder.dir);
  assert.notEqual(second.caPem, first.caPem);
  assert.equal(readFileSync(join(folder.dir, 'ca.key'), 'utf8'), key);
  assert.deepEqual(readdirSync(folder.dir).sort(), ['ca.crt', 'ca.key']);
});

test('in its last 30 days the authority is renewed under the same key: old leaves verify, old clients trust new leaves', async () => {
  using folder = pkiFolder();
  const old = await ensureAuthority(folder.dir);
  const leaf = new X509Certificate((await old.issue({ commonName: 'x', usages: ['client'] })).certPem);
  const renewed = await ensureAuthority(folder.dir, { now: () => Date.now() + 3640 * day });
  assert.notEqual(renewed.caPem, old.caPem);
  assert.ok(leaf.checkIssued(renewed.certificate) && leaf.verify(renewed.certificate.publicKey));
  const next = new X509Certificate((await renewed.issue({ commonName: 'x', usages: ['client'] })).certPem);
  assert.ok(next.checkIssued(old.certificate) && next.verify(old.certificate.publicKey));
});

test('an authority whose key is of another is refused, with both paths and the way out', async () => {
  using folder = pkiFolder();
  using other = pkiFolder();
  await ensureAuthority(folder.dir);
  await ensureAuthority(other.dir);
  const before = readFileSync(join(folder.dir, 'ca.crt'), 'utf8');
  copyFileSync(join(other.dir, 'ca.key'), join(folder.dir, 'ca.key'));
  await assert.rejects(
    ensureAuthority(folder.dir),
    refusal('PKI_AUTHORITY_MISMATCH', /pki\/ca\.key does not belong/, /pki\/ca\.crt/, /backup/),
  );
  assert.equal(readFileSync(join(folder.dir, 'ca.crt'), 'utf8'), before);
});

test('a missing or damaged half is refused, with its path and the way out', async () => {
  using folder = pkiFolder();
  await ensureAuthority(folder.dir);
  const [cert, key] = [join(folder.dir, 'ca.crt'), join(folder.dir, 'ca.key')];
  const [certPem, keyPem] = [readFileSync(cert), readFileSync(key)];
  for (const garbage of ['', 'garbage', certPem.subarray(0, 200)]) {
    writeFileSync(cert, garbage);
    await assert.rejects(
      ensureAuthority(folder.dir),
      refusal('PKI_AUTHORITY_UNREADABLE', /certificate from .*pki\/ca\.crt/, /backup/),
    );
  }
  writeFileSync(cert, certPem);
  for (const garbage of ['', 'garbage', keyPem.subarray(0, 100)]) {
    writeFileSync(key, garbage);
    await assert.rejects(
      ensureAuthority(folder.dir),
      refusal('PKI_AUTHORITY_UNREADABLE', /private key from .*pki\/ca\.key/, /backup/),
    );
  }
  rmSync(key);
  await assert.rejects(
    ensureAuthority(folder.dir),
    refusal('PKI_AUTHORITY_KEY_MISSING', /its key .*pki\/ca\.key is not/, /backup/),
  );
});

test('a certificate that is no authority, or a key of another kind, is refused', async () => {
  using folder = pkiFolder();
  using other = pkiFolder();
  const leaf = await (await ensureAuthority(other.dir)).issue({ commonName: 'x', usages: ['server'] });
  mkdirSync(folder.dir);
  writeFileSync(join(folder.dir, 'ca.crt'), leaf.certPem);
  writeFileSync(join(folder.dir, 'ca.key'), leaf.keyPem);
  await assert.rejects(ensureAuthority(folder.dir), refusal('PKI_NOT_AN_AUTHORITY', /pki\/ca\.crt/));
  const { privateKey } = generateKeyPairSync('ed25519');
  writeFileSync(join(folder.dir, 'ca.key'), privateKey.export({ type: 'pkcs8', format: 'pem' }));
  await assert.rejects(ensureAuthority(folder.dir), refusal('PKI_KEY_KIND', /pki\/ca\.key holds a key of the kind ed25519/));
});

test('files that others could read are closed to them', async () => {
  using folder = pkiFolder();
  await ensureAuthority(folder.dir);
  chmodSync(folder.dir, 0o755);
  chmodSync(join(folder.dir, 'ca.key'), 0o644);
  await ensureAuthority(folder.dir);
  assert.equal(statSync(folder.dir).mode & 0o777, 0o700);
  assert.equal(statSync(join(folder.dir, 'ca.key')).mode & 0o777, 0o600);
});
