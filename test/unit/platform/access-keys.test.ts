import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { packageRoot } from '../../../lib/common/assets.ts';
import { silentLog } from '../../../lib/common/log.ts';
import type { KubeObject } from '../../../lib/platform/api/meta.ts';
import { parseTokenFile } from '../../../lib/platform/apiserver/auth/static-tokens.ts';
import { parseAuditPolicy } from '../../../lib/platform/apiserver/audit/audit-policy.ts';
import { httpClient, type HttpClient } from '../../../lib/platform/client/http-client.ts';
import { runOpenshift } from '../../../lib/platform/command.ts';
import { loadConfig } from '../../../lib/platform/config/load-config.ts';
import { readKubeconfig } from '../../../lib/platform/pki/kubeconfig.ts';
import { startPlatform } from '../../../lib/platform/start.ts';
import { freePort } from '../../support/free-port.ts';

// The daemon itself with everything of docs/access.md that is off unless it is configured.

const dir = mkdtempSync(join(tmpdir(), 'oo-access-'));
after(() => rmSync(dir, { recursive: true }));
const docs = readFileSync(join(packageRoot(), 'docs', 'access.md'), 'utf8');
const block = (pattern: RegExp): string => pattern.exec(docs)![1]!;
const file = (name: string): string => join(dir, name);
const configFile = file('config.yaml');

let printed = '';
const openshift = (...args: string[]): Promise<number> =>
  runOpenshift([...args, '--config', configFile], {
    signal: new AbortController().signal,
    write: (text: string) => void (printed += text),
  });

async function configure(more: string): Promise<void> {
  const fixed = {
    dataDir: file('data'),
    nodeName: 'n',
    advertiseAddress: '127.0.0.1',
    listen: `127.0.0.1:${await freePort()}`,
    logLevel: 'silent',
  };
  const lines = Object.entries(fixed).map(([key, value]) => `${key}: ${value}\n`);
  writeFileSync(configFile, lines.join('') + more);
}

/** Runs the API with the configuration, and ends it. */
async function whileRunning<T>(work: (client: HttpClient) => Promise<T>): Promise<T> {
  const platform = await startPlatform(await loadConfig(configFile), { master: true, node: false }, silentLog);
  const { server, caPem, certPem, keyPem } = await readKubeconfig(platform.kubeconfigPath);
  const client = httpClient({ server, caPem, certPem: certPem!, keyPem: keyPem! });
  try {
    return await work(client);
  } finally {
    client.close();
    await platform.stop();
  }
}
const SECRETS = { group: '', version: 'v1', resource: 'secrets', namespace: 'default' };
const secret = (name: string, password: string): KubeObject => ({
  apiVersion: 'v1',
  kind: 'Secret',
  metadata: { name },
  stringData: { password },
});
const storeHolds = (text: string): boolean => {
  const encoded = Buffer.from(text).toString('base64');
  return ['store.db', 'store.db-wal'].some((name) => {
    try {
      return readFileSync(join(dir, 'data', 'store', name)).includes(encoded);
    } catch {
      return false;
    }
  });
};

test('secrets are plain in the store until there is a key, and never again', async () => {
  await configure('');
  await whileRunning((client) => client.create(SECRETS, secret('before', 'plain-fish')));
  assert.ok(storeHolds('plain-fish'));
  await assert.rejects(openshift('rotate', 'secrets-key'), { code: 'SECRETS_KEY_FILE_UNSET' });
  await configure(`secretsKeyFile: ${file('secrets.key')}\n`);
  await whileRunning(async (client) => {
    await client.create(SECRETS, secret('after', 'sealed-fish'));
    assert.equal(
      (await client.get({ ...SECRETS, name: 'before' }))['data'].password,
      Buffer.from('plain-fish').toString('base64'),
    );
  });
  assert.equal(statSync(file('secrets.key')).mode & 0o777, 0o600);
  assert.ok(!storeHolds('sealed-fish'));
  assert.equal(await openshift('rotate', 'secrets-key'), 0);
  assert.match(printed, /restart the daemon to encrypt every secret under the new key; then [0-9a-f]{12} in /);
  await whileRunning(() => Promise.resolve());
  const [newest] = readFileSync(file('secrets.key'), 'utf8').split('\n');
  writeFileSync(file('secrets.key'), `${newest}\n`);
  const { items } = await whileRunning((client) => client.list(SECRETS));
  assert.deepEqual(
    items.map((each) => each['data'].password as string).map((text) => Buffer.from(text, 'base64').toString()),
    ['sealed-fish', 'plain-fish'],
  );
  writeFileSync(file('secrets.key'), `other ${Buffer.alloc(32).toString('base64')}\n`);
  await assert.rejects(
    whileRunning(() => Promise.resolve()),
    { code: 'ENCRYPTION_KEY_MISSING' },
  );
  rmSync(join(dir, 'data'), { recursive: true });
});

test('a rotated key signs after a restart, and the tokens of the old one stay good', async () => {
  await configure('');
  const review = (client: HttpClient, token: string): Promise<KubeObject> =>
    client.create(
      { group: 'authentication.k8s.io', version: 'v1', resource: 'tokenreviews' },
      {
        apiVersion: 'authentication.k8s.io/v1',
        kind: 'TokenReview',
        metadata: {},
        spec: { token },
      },
    );
  const accounts = { group: '', version: 'v1', resource: 'serviceaccounts', namespace: 'default' };
  const token = await whileRunning(async (client) => {
    await client.create(accounts, { apiVersion: 'v1', kind: 'ServiceAccount', metadata: { name: 'robot' } });
    const body = { apiVersion: 'authentication.k8s.io/v1', kind: 'TokenRequest', metadata: {}, spec: { audiences: [] } };
    return (await client.create({ ...accounts, name: 'robot', subresource: 'token' }, body))['status'].token as string;
  });
  assert.equal(await openshift('rotate', 'service-account-key'), 0);
  const [, retired] = /kept for verification in (\S+);/.exec(printed)!;
  assert.equal(statSync(retired!).mode & 0o777, 0o600);
  assert.equal((await whileRunning((client) => review(client, token)))['status'].authenticated, true);
  rmSync(retired!);
  assert.equal((await whileRunning((client) => review(client, token)))['status'].authenticated, undefined);
});

test('the audit policy of docs/access.md writes down who changed what', async () => {
  const policy = block(/```yaml\n(apiVersion: audit.*?)```/s);
  parseAuditPolicy(policy, 'docs/access.md');
  writeFileSync(file('audit-policy.yaml'), policy);
  const settings = block(/```yaml\n(audit:.*?)```/s)
    .replace('/etc/openshift/audit-policy.yaml', file('audit-policy.yaml'))
    .replace('/var/log/openshift/audit.log', file('audit.log'));
  await configure(settings);
  await whileRunning((client) => client.create(SECRETS, secret('told', 'hidden-fish')));
  const events = readFileSync(file('audit.log'), 'utf8');
  assert.match(events, /"verb":"create","user":\{"username":"system:admin".*"resource":"secrets"/);
  assert.doesNotMatch(events, /hidden-fish|system:openshift-master/);
  rmSync(file('audit-policy.yaml'));
  await assert.rejects(
    whileRunning(() => Promise.resolve()),
    { code: 'AUDIT_POLICY_UNREADABLE' },
  );
});

test('check names the file that a start would fail on', async () => {
  const refused = async (settings: string, code: string): Promise<void> => {
    await configure(settings);
    await assert.rejects(openshift('check'), { code }, settings);
    await assert.rejects(
      whileRunning(() => Promise.resolve()),
      { code },
      settings,
    );
  };
  writeFileSync(file('bad'), 'nothing of use\n');
  await refused(`tokenFile: ${file('none')}\n`, 'TOKEN_FILE_UNREADABLE');
  await refused(`tokenFile: ${file('bad')}\n`, 'TOKEN_FILE_INVALID');
  await refused(`audit: { policyFile: ${file('bad')} }\n`, 'AUDIT_POLICY_INVALID');
  await refused(`frontProxy: { caFile: ${file('none')} }\n`, 'CONFIG_NAMES_UNREADABLE');
  await refused(`frontProxy: { caFile: ${file('bad')} }\n`, 'FRONT_PROXY_CA_INVALID');
  await refused(`secretsKeyFile: ${file('bad')}\n`, 'SECRETS_KEY_INVALID');
  await configure('');
  assert.equal(await openshift('check'), 0);
});

test('the commands of docs/access.md make a token and its line', () => {
  const script = `${block(/```\n(token=.*?)```/s)}\nprintf '%s' "$token" >"$1"`;
  const line = execFileSync('sh', ['-c', script, 'sh', file('token')], { encoding: 'utf8' });
  const [[, user]] = [...parseTokenFile(line, 'line')] as [[string, object]];
  assert.deepEqual(user, { name: 'ann', groups: ['shop-team', 'system:authenticated'] });
  assert.ok(readFileSync(file('token'), 'utf8').length >= 40);
});
