import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { stringify } from 'yaml';
import { packageRoot } from '../../../../lib/common/assets.ts';
import { git } from '../../../../lib/platform/apps/git-command.ts';
import {
  answerCredential,
  configureCredentials,
  credentialOf,
  gitServer,
  program,
  quoted,
} from '../../../../lib/platform/apps/git-credentials.ts';
import type { PlatformAccess } from '../../../../lib/platform/apps/platform-access.ts';
import { ensureAuthority } from '../../../../lib/platform/pki/authority.ts';
import { pkiFolder } from '../pki/pki-folder.ts';

test("the token is given to the kubeconfig's own server, over TLS, and to nobody else", () => {
  const config = { server: 'https://192.0.2.7:8443', caPem: '', user: 'dev', cluster: 'here', context: 'x', token: 'secret' };
  const ask = (question: string, operation = 'get') => answerCredential(operation, question, config);
  assert.equal(ask('protocol=https\nhost=192.0.2.7:8443\n'), 'username=openshift\npassword=secret\n');
  for (const question of [
    'protocol=http\nhost=192.0.2.7:8443\n',
    'protocol=https\nhost=192.0.2.8:8443\n',
    'protocol=https\nhost=x@192.0.2.8\n',
    '',
  ])
    assert.equal(ask(question), '', question);
  assert.equal(ask('protocol=https\nhost=192.0.2.7:8443\n', 'store'), '');
  assert.equal(quoted("it's $(id)"), `'it'\\''s $(id)'`);
});

test('git asks by the name that this program has on the PATH, else by the launcher of the checkout that it runs from', async () => {
  const script = join(packageRoot(), 'bin', 'openshift.ts');
  const folder = mkdtempSync(join(tmpdir(), 'oo-program-'));
  try {
    assert.deepEqual(await program(script, folder), [join(packageRoot(), 'bin', 'openshift')]);
    const bundle = join(folder, 'elsewhere', 'openshift.mjs');
    assert.deepEqual(await program(bundle, folder), [process.execPath, ...process.execArgv, bundle]);
    writeFileSync(join(folder, 'openshift'), '', { mode: 0o755 });
    assert.deepEqual(await program(script, folder), [join(folder, 'openshift')]);
  } finally {
    rmSync(folder, { recursive: true });
  }
});

test('git calls a server by the name that its certificate is for, and is told where that leads', async () => {
  const config = { server: 'https://192.0.2.7:8443', caPem: '', user: 'dev', cluster: 'here', context: 'x', token: 'secret' };
  assert.equal(gitServer(config), 'https://192.0.2.7:8443');
  const named = { ...config, tlsServerName: 'web1' };
  assert.equal(gitServer(named), 'https://web1:8443');
  assert.match(answerCredential('get', 'protocol=https\nhost=web1:8443\n', named), /password=secret/);
  assert.equal(answerCredential('get', 'protocol=https\nhost=192.0.2.7:8443\n', named), '');

  const folder = mkdtempSync(join(tmpdir(), 'oo-git-name-'));
  const { signal } = new AbortController();
  try {
    await git(['init', '--quiet', folder], { folder, signal });
    const access = { kubeconfig: named, path: '/config', namespace: 'web' } as unknown as PlatformAccess;
    for (let run = 0; run < 2; run++) await configureCredentials(folder, folder, access, signal);
    const said = (setting: string) =>
      git(['config', '--get-urlmatch', setting, 'https://web1:8443/git/web/shop.git'], { folder, signal });
    assert.equal(await said('http.curloptResolve'), 'web1:8443:192.0.2.7');
    assert.equal(await said('http.sslCAInfo'), join(folder, '.git', 'openshift', 'ca.crt'));
  } finally {
    rmSync(folder, { recursive: true });
  }
});

test('a working copy stays with the context that it was made with, whichever is current, until that can no longer be used', async () => {
  using folder = pkiFolder();
  const { caPem } = await ensureAuthority(folder.dir);
  const path = join(folder.dir, 'config');
  const write = (annHas: object): void =>
    writeFileSync(
      path,
      stringify({
        clusters: [
          { name: 'c', cluster: { server: 'https://a', 'certificate-authority-data': Buffer.from(caPem).toString('base64') } },
        ],
        users: [
          { name: 'ann', user: annHas },
          { name: 'ben', user: { token: 'of-ben' } },
        ],
        contexts: ['ann', 'ben'].map((user) => ({ name: `shop/${user}`, context: { cluster: 'c', user } })),
        'current-context': 'shop/ben',
      }),
    );
  write({ token: 'of-ann' });
  assert.equal((await credentialOf(path, 'shop/ann')).token, 'of-ann');
  assert.equal((await credentialOf(path, undefined)).token, 'of-ben');
  assert.equal((await credentialOf(path, 'gone')).token, 'of-ben');
  write({});
  assert.equal((await credentialOf(path, 'shop/ann')).token, 'of-ben');
  await assert.rejects(credentialOf(`${path}.gone`, 'shop/ann'), { code: 'KUBECONFIG_INVALID' });
});
