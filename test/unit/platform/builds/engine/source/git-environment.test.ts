import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { gitEnvironment } from '../../../../../../lib/platform/builds/engine/source/git-environment.ts';
import { cloneSource, withoutPassword } from '../../../../../../lib/platform/builds/engine/source/git-clone.ts';

test('the password is given for the host of the source alone, and stands in no variable', async (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'oo-git-'));
  t.after(() => rmSync(folder, { recursive: true }));
  const secretFolder = join(folder, 'secret');
  mkdirSync(secretFolder);
  writeFileSync(join(secretFolder, 'password'), 'hunter22');
  const env = await gitEnvironment(join(folder, 'home'), 'git.example.com', { secretFolder });
  assert.ok(!JSON.stringify(env).includes('hunter22'));
  const ask = (prompt: string): string => execFileSync(env['GIT_ASKPASS']!, [prompt], { env, encoding: 'utf8' });
  assert.equal(ask("Password for 'https://ana@git.example.com': "), 'hunter22');
  assert.equal(ask("Username for 'https://git.example.com': "), 'git\n');
  for (const other of ["'https://ana@evil.example.com'", "'https://git.example.com.evil.org'", "'https://evil/git.example.com'"])
    assert.throws(() => ask(`Password for ${other}: `));
});

test("a source's own authority is the one that counts, else those that all builds trust", async (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'oo-git-'));
  t.after(() => rmSync(folder, { recursive: true }));
  const trustedCaFile = '/trusted/ca-bundle.crt';
  const authority = async (secretFolder?: string): Promise<string | undefined> => {
    const env = await gitEnvironment(join(folder, 'home'), 'h', { trustedCaFile, ...(secretFolder && { secretFolder }) });
    const key = Object.entries(env).find(([, value]) => value === 'http.sslCAInfo')?.[0];
    return env[key?.replace('KEY', 'VALUE') ?? ''];
  };
  assert.equal(await authority(), trustedCaFile);
  assert.equal(await authority(folder), trustedCaFile);
  writeFileSync(join(folder, 'ca.crt'), '');
  assert.equal(await authority(folder), join(folder, 'ca.crt'));
});

test('a password in a URL is not shown', () => {
  assert.equal(withoutPassword('https://ana:hunter22@example.com/x.git'), 'https://example.com/x.git');
});

for (const [uri, ref] of [
  ['ext::sh -c touch% /tmp/x'],
  ['--upload-pack=touch'],
  ['file:///etc'],
  ['/etc'],
  ['https://-x/y'],
  ['https://example.com/x.git', '--upload-pack=touch'],
  ['https://example.com/x.git', 'a..b'],
] as [string, string?][])
  test(`not cloned: ${uri} ${ref ?? ''}`, async () => {
    const request = { uri, ...(ref === undefined ? {} : { ref }) };
    await assert.rejects(cloneSource(request, '/nowhere', new AbortController().signal), { code: 'FetchSourceFailed' });
  });
