import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { OoError } from '../../../../lib/common/errors.ts';
import { loadConfig, resolveConfig } from '../../../../lib/platform/config/load-config.ts';
import type { MachineFacts } from '../../../../lib/platform/config/machine-facts.ts';

const facts: MachineFacts = { hostname: 'Web-1', defaultAddress: '198.51.100.7', addresses: ['198.51.100.7', '203.0.113.2'] };

let folder: string;
before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'config-'));
});
after(() => rm(folder, { recursive: true }));

async function written(text: string): Promise<string> {
  const file = join(folder, 'config.yaml');
  await writeFile(file, text);
  return file;
}

async function refusal(attempt: () => unknown): Promise<OoError> {
  try {
    await attempt();
  } catch (error) {
    assert.ok(error instanceof OoError, String(error));
    return error;
  }
  throw assert.fail('nothing was refused');
}

test('an empty file is a whole configuration', async () => {
  const config = await loadConfig(await written(''), {}, facts);
  assert.equal(config.nodeName, 'web-1');
  assert.equal(config.advertiseAddress, '198.51.100.7');
  assert.equal(config.podCIDR, '10.128.0.0/23');
  assert.equal(config.adminKubeconfig, '/var/lib/openshift/kubeconfig/admin.kubeconfig');
});

test('flags win over the file, the file over defaults', async () => {
  const file = await written('nodeName: from-file\nlisten: 127.0.0.1:9443\n');
  const config = await loadConfig(file, { nodeName: 'from-flag' }, facts);
  assert.equal(config.nodeName, 'from-flag');
  assert.equal(config.listen, '127.0.0.1:9443');
});

test('flags for etcd win over their fields, and the others stay', async () => {
  const file = await written('etcd: { endpoints: ["https://a:2379"], caFile: /ca, prefix: /lab }\n');
  const { etcd } = await loadConfig(file, { etcd: { endpoints: ['https://b:2379/', 'https://b:2379'] } }, facts);
  assert.deepEqual(etcd, { endpoints: ['https://b:2379'], caFile: '/ca', prefix: '/lab' });
});

test('the certificate is for more names and addresses', () => {
  const tlsSANs = ['203.0.113.5', '2001:db8::5', 'web1.example.com'];
  assert.deepEqual(resolveConfig('file', { tlsSANs }, facts).tlsSANs, tlsSANs);
  for (const wrong of ['', 'Web1', 'https://web1', '203.0.113.5:8443', '*.example.com', 'fe80::1%eth0'])
    assert.throws(() => resolveConfig('file', { tlsSANs: [wrong] }, facts), {
      message: /tlsSANs\.0: must be a lower-case DNS name or an address/,
    });
});

const refused: readonly (readonly [string, unknown, RegExp])[] = [
  [
    'an etcd that is no address',
    { etcd: { endpoints: ['https://a:2379', 'a:2379'] } },
    /etcd\.endpoints\.1: must be http:\/\/HOST:PORT .*\(is "a:2379"\)/,
  ],
  [
    'an etcd with a password',
    { etcd: { endpoints: ['https://u:p@a:2379'] } },
    /etcd\.endpoints\.0: must be .*\(is "https:\/\/\.\.\.@a:2379"\)/,
  ],
  ['an etcd without members', { etcd: { endpoints: [] } }, /etcd\.endpoints: /],
  ['a certificate without its key', { etcd: { endpoints: ['https://a:2379'], certFile: '/c' } }, /etcd\.keyFile: is missing/],
  [
    'certificates for plain HTTP',
    { etcd: { endpoints: ['http://a:2379'], caFile: '/c' } },
    /etcd\.endpoints\.0: must begin with https/,
  ],
  ['a prefix that is no path', { etcd: { endpoints: ['http://a:2379'], prefix: '/a/' } }, /etcd\.prefix: .*\(is "\/a\/"\)/],
  ['a wrong type, with its path and value', { kubelet: { port: 'high' } }, /kubelet\.port: .*\(is "high"\)/],
  [
    'a sysctl of the machine',
    { kubelet: { allowedUnsafeSysctls: ['kernel.msg*', 'kernel.*'] } },
    /kubelet\.allowedUnsafeSysctls\.1: must be a sysctl that pods have to themselves .*\(is "kernel\.\*"\)/,
  ],
  ['a misspelt field', { nodename: 'x' }, /Unrecognized key: "nodename"/],
  ['a port out of range', { dns: { port: 70000 } }, /dns\.port: .*\(is 70000\)/],
  ['a network with host bits', { serviceCIDR: '172.30.0.1/16' }, /serviceCIDR: .*no host bits.*\(is "172\.30\.0\.1\/16"\)/],
  [
    'service and pod networks that overlap',
    { serviceCIDR: '10.129.0.0/16' },
    /serviceCIDR: overlaps clusterCIDR 10\.128\.0\.0\/14/,
  ],
  ['a node slice outside the pod network', { podCIDR: '10.99.0.0/23' }, /podCIDR: is not inside clusterCIDR/],
  ['a relative data folder', { dataDir: 'data' }, /dataDir: must be an absolute path \(is "data"\)/],
  ['a node name that is no DNS name', { nodeName: 'Bad_Name' }, /nodeName: must be a lower-case DNS name \(is "Bad_Name"\)/],
  [
    'an interface name that reaches a rule set',
    { cni: { bridge: 'x; flush ruleset' } },
    /cni\.bridge: must be an interface name/,
  ],
  ['node ports the wrong way round', { nodePortRange: '32767-30000' }, /nodePortRange: must be FIRST-LAST/],
  ['a listener that is no address', { listen: ':8443' }, /listen: must be ADDRESS:PORT/],
];
for (const [what, input, expected] of refused) {
  test(`refuses ${what}`, async () => {
    const error = await refusal(() => resolveConfig('config.yaml', input, facts));
    assert.equal(error.code, 'CONFIG_INVALID');
    assert.equal(error.failure, 'usage');
    assert.match(error.message, expected);
    assert.match(error.hint ?? '', /docs\/configuration\.md/);
  });
}

test('reports every bad field at once', async () => {
  const error = await refusal(() => resolveConfig('config.yaml', { listen: 'x', nodeName: '-' }, facts));
  assert.match(error.message, /nodeName: .*; listen: |listen: .*; nodeName: /);
});

test('a file that is not YAML names its line', async () => {
  const error = await refusal(async () => loadConfig(await written('listen: [1, 2\nnodeName: a'), {}, facts));
  assert.equal(error.code, 'CONFIG_NOT_YAML');
  assert.match(error.message, /line 2/);
});

test('a missing file is named', async () => {
  const error = await refusal(() => loadConfig(join(folder, 'none.yaml'), {}, facts));
  assert.equal(error.code, 'CONFIG_UNREADABLE');
  assert.match(error.message, /none\.yaml/);
});

test('a machine with several addresses and no default route must be told which', async () => {
  const error = await refusal(() => resolveConfig('config.yaml', {}, { ...facts, defaultAddress: undefined }));
  assert.match(error.message, /198\.51\.100\.7, 203\.0\.113\.2/);
  assert.match(error.hint ?? '', /advertiseAddress/);
});
