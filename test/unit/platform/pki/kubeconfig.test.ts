import assert from 'node:assert/strict';
import { X509Certificate } from 'node:crypto';
import { mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { parse, stringify } from 'yaml';
import { type Authority, ensureAuthority } from '../../../../lib/platform/pki/authority.ts';
import { ensureKubeconfig, type Kubeconfig, readKubeconfig, writeKubeconfig } from '../../../../lib/platform/pki/kubeconfig.ts';
import { day, pkiFolder } from './pki-folder.ts';

const admin = {
  server: 'https://10.0.0.5:8443',
  user: 'system:admin',
  cluster: 'openshift',
  commonName: 'system:admin',
  organizations: ['system:masters'],
};

async function written(dir: string): Promise<{ path: string; config: Kubeconfig; authority: Authority }> {
  const authority = await ensureAuthority(dir);
  const pair = await authority.issue({ commonName: 'system:admin', usages: ['client'] });
  const config = { server: admin.server, user: admin.user, cluster: admin.cluster, caPem: authority.caPem, ...pair };
  const path = join(dir, 'kubeconfig', 'admin.kubeconfig');
  await writeKubeconfig(path, config);
  return { path, config, authority };
}

test('a kubeconfig reads back as written, and only its owner can', async () => {
  using folder = pkiFolder();
  const { path, config } = await written(folder.dir);
  assert.deepEqual(await readKubeconfig(path), { ...config, context: `${config.user}@${config.cluster}` });
  assert.equal(statSync(path).mode & 0o777, 0o600);
  assert.deepEqual(readdirSync(join(folder.dir, 'kubeconfig')), ['admin.kubeconfig']);
});

test('certificates may be named by path, relative to the file; a token will do', async () => {
  using folder = pkiFolder();
  const { config } = await written(folder.dir);
  writeFileSync(join(folder.dir, 'trusted.crt'), config.caPem);
  const path = join(folder.dir, 'token.kubeconfig');
  writeFileSync(
    path,
    stringify({
      clusters: [
        { name: 'c', cluster: { server: 'https://a', 'certificate-authority': 'trusted.crt', 'tls-server-name': 'web1' } },
      ],
      users: [{ name: 'u', user: { token: 'sesame' } }],
      contexts: [{ name: 'x', context: { cluster: 'c', user: 'u', namespace: 'shop' } }],
      'current-context': 'x',
    }),
  );
  assert.deepEqual(await readKubeconfig(path), {
    server: 'https://a',
    caPem: config.caPem,
    user: 'u',
    cluster: 'c',
    context: 'x',
    tlsServerName: 'web1',
    token: 'sesame',
    namespace: 'shop',
  });
});

test('a context that is named is read in place of the current one', async () => {
  using folder = pkiFolder();
  const { path, config } = await written(folder.dir);
  const more = parse(readFileSync(path, 'utf8'));
  more.users.push({ name: 'dev', user: { token: 'sesame' } });
  more.contexts.push({ name: 'shop', context: { cluster: config.cluster, user: 'dev', namespace: 'shop' } });
  writeFileSync(path, stringify(more));
  const { context, user, token, namespace } = await readKubeconfig(path, 'shop');
  assert.deepEqual([context, user, token, namespace], ['shop', 'dev', 'sesame', 'shop']);
  assert.equal((await readKubeconfig(path)).user, config.user);
  await assert.rejects(readKubeconfig(path, 'none'), { code: 'KUBECONFIG_INVALID', message: /no context named "none"/ });
});

test('a kubeconfig that cannot be used is refused with its path and the reason', async () => {
  using folder = pkiFolder();
  const { path } = await written(folder.dir);
  const whole = readFileSync(path, 'utf8');
  const cases: [string, RegExp][] = [
    ['', /kubeconfig that can be used/],
    ['users: [{user: {token: hunter2}}]', /clusters: Invalid input: expected array, received undefined; users\.0\.name: /],
    [': : :', /kubeconfig that can be used/],
    [whole.replace('current-context: system:admin@openshift', 'current-context: nothing'), /no context named "nothing"/],
    [whole.replace('current-context: system:admin@openshift', ''), /it has no current context$/],
    [whole.replace('https://', 'http://'), /not an https:\/\/ URL/],
    [whole.replace('server:', 'insecure-skip-tls-verify: true\n      server:'), /insecure-skip-tls-verify is not supported/],
    [whole.replace(/certificate-authority-data: .*/, ''), /no certificate-authority/],
    [whole.replace(/certificate-authority-data: .*/, 'certificate-authority-data: aGVsbG8='), /not a certificate/],
    [whole.replace(/client-key-data: .*/, ''), /neither a client certificate with its key nor a token/],
  ];
  for (const [text, reason] of cases) {
    writeFileSync(path, text);
    await assert.rejects(readKubeconfig(path), (error: Error & { code: string; hint: string }) => {
      assert.equal(error.code, 'KUBECONFIG_INVALID');
      assert.ok(error.message.includes(path) && error.hint !== undefined);
      assert.match(error.message, reason);
      assert.ok(!error.message.includes('\n') && error.cause === undefined, 'one line, and nothing of what it holds');
      return true;
    });
  }
  await assert.rejects(readKubeconfig(join(folder.dir, 'absent')), /absent.*ENOENT/);
});

test('an ensured kubeconfig stays until its server, its authority or the time make it stale', async () => {
  using folder = pkiFolder();
  using other = pkiFolder();
  const authority = await ensureAuthority(folder.dir);
  const path = join(folder.dir, 'admin.kubeconfig');
  const first = await ensureKubeconfig(path, authority, admin);
  assert.match(new X509Certificate(first.certPem!).subject, /O=system:masters\nCN=system:admin/);
  assert.deepEqual(await ensureKubeconfig(path, authority, admin), first);
  assert.deepEqual(await ensureKubeconfig(path, authority, admin, Date.now() + 300 * day), first);
  assert.notEqual((await ensureKubeconfig(path, authority, admin, Date.now() + 340 * day)).certPem, first.certPem);
  const moved = await ensureKubeconfig(path, authority, { ...admin, server: 'https://10.0.0.6:8443' });
  assert.equal((await readKubeconfig(path)).server, 'https://10.0.0.6:8443');
  assert.notEqual(moved.certPem, first.certPem);
  const replaced = await ensureKubeconfig(path, await ensureAuthority(other.dir), admin);
  assert.notEqual(replaced.caPem, first.caPem);
});

test("a folder that is someone's own keeps its mode", async () => {
  using folder = pkiFolder();
  const { config } = await written(folder.dir);
  const dir = join(folder.dir, 'home');
  mkdirSync(dir, { mode: 0o755 });
  await writeKubeconfig(join(dir, 'config'), config);
  assert.equal(statSync(dir).mode & 0o777, 0o755);
});
