import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { rootCertificates } from 'node:tls';
import { after, test } from 'node:test';
import { resolveConfig } from '../../../lib/platform/config/load-config.ts';
import { readBuildDefaults } from '../../../lib/platform/configured-files.ts';
import type { BuildDefaults } from '../../../lib/platform/builds/contract.ts';

const folder = mkdtempSync(join(tmpdir(), 'oo-configured-'));
after(() => rmSync(folder, { recursive: true }));

const facts = { hostname: 'web-1', defaultAddress: '192.0.2.7', addresses: ['192.0.2.7'] };
const defaults = async (builds: object): Promise<BuildDefaults> => readBuildDefaults(resolveConfig('test', { builds }, facts));

test('builds are told of proxies, and to leave them for what is ours', async () => {
  assert.deepEqual(await defaults({}), {});
  const { noProxy = '', ...proxies } = await defaults({ httpProxy: 'http://p.example:3128', noProxy: ['.corp.example'] });
  assert.deepEqual(proxies, { httpProxy: 'http://p.example:3128' });
  for (const ours of ['localhost', '192.0.2.7', '172.30.0.0/16', '10.128.0.0/14', '.svc', '.cluster.local', '.corp.example'])
    assert.ok(noProxy.split(',').includes(ours), noProxy);
});

for (const [field, value] of [
  ['httpProxy', 'socks5://p.example'],
  ['httpsProxy', "http://p.example/'"],
  ['noProxy', ['a b']],
] as const)
  test(`not taken: builds.${field} ${JSON.stringify(value)}`, async () => {
    await assert.rejects(defaults({ [field]: value }), { code: 'CONFIG_INVALID' });
  });

test('authorities are trusted beside the public ones', async () => {
  const own = rootCertificates[3]!.replaceAll('\n', '\r\n');
  const caFile = join(folder, 'ca.pem');
  writeFileSync(caFile, `# ours\n${own}\n`);
  const { trustedCa = '' } = await defaults({ caFile });
  assert.equal(trustedCa.match(/BEGIN CERTIFICATE/g)?.length, rootCertificates.length);
});

test('a file of authorities that is not there or holds none is told of', async () => {
  const caFile = join(folder, 'wrong.pem');
  await assert.rejects(defaults({ caFile }), { code: 'CONFIG_NAMES_UNREADABLE' });
  for (const text of ['', '-----BEGIN CERTIFICATE-----\nbm9uZQ==\n-----END CERTIFICATE-----\n']) {
    writeFileSync(caFile, text);
    await assert.rejects(defaults({ caFile }), { code: 'BUILDS_CA_INVALID' });
  }
});
