import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { registryLogin } from '../../../../../lib/platform/builds/sti/registry-login.ts';

const folder = mkdtempSync(join(tmpdir(), 'oo-docker-config-'));
const path = process.env['PATH'];

// A helper that knows one registry, as Docker's do.
const HELPER = `#!/bin/sh
read -r registry
case "$1 $registry" in
  'get helped.example:5000') echo '{"ServerURL":"helped.example:5000","Username":"ana","Secret":"from a helper"}' ;;
  'get token.example') echo '{"Username":"<token>","Secret":"x"}' ;;
  'get broken.example') echo 'the keychain is locked'; exit 1 ;;
  *) echo 'credentials not found in native keychain'; exit 1 ;;
esac
`;

before(() => {
  writeFileSync(join(folder, 'docker-credential-test'), HELPER, { mode: 0o755 });
  process.env['PATH'] = `${folder}:${path}`;
});
after(() => {
  process.env['PATH'] = path;
  rmSync(folder, { recursive: true });
});

const login = (reference: string, config: object | string): ReturnType<typeof registryLogin> => {
  writeFileSync(join(folder, 'config.json'), typeof config === 'string' ? config : JSON.stringify(config));
  return registryLogin(reference, folder);
};
const auth = (user: string): { auth: string } => ({ auth: Buffer.from(`${user}:pass:word`).toString('base64') });

test('the login of an image is that of its registry, however Docker has written it', async () => {
  const auths = {
    'r.example:5000': auth('ana'),
    'https://old.example/v1/': auth('bob'),
    'https://index.docker.io/v1/': auth('hub'),
  };
  assert.deepEqual(await login('r.example:5000/a/b:1', { auths }), { username: 'ana', password: 'pass:word' });
  assert.equal((await login('old.example/a', { auths }))?.username, 'bob');
  for (const name of ['library/debian', 'debian', 'debian:12']) assert.equal((await login(name, { auths }))?.username, 'hub');
  assert.equal(await login('r.example/a', { auths }), undefined);
  assert.equal(await login('a', {}), undefined);
  assert.equal(await registryLogin('a', join(folder, 'nowhere')), undefined);
});

test('a helper is asked where the configuration names one', async () => {
  const helped = { credHelpers: { 'helped.example:5000': 'test' } };
  assert.deepEqual(await login('helped.example:5000/a', helped), { username: 'ana', password: 'from a helper' });
  assert.equal(await login('other.example/a', helped), undefined);
  const store = { credsStore: 'test', auths: { 'other.example': {} } };
  assert.equal((await login('helped.example:5000/a', store))?.username, 'ana');
  assert.equal(await login('other.example/a', store), undefined);
});

test('what is wrong with a configuration is said, without what is in it', async () => {
  await assert.rejects(
    login('broken.example/a', { credsStore: 'test' }),
    /broken\.example cannot be had of docker-credential-test: the keychain is locked$/,
  );
  await assert.rejects(login('a', { credsStore: 'absent' }), /docker-credential-absent: it is not installed$/);
  await assert.rejects(login('a', { credsStore: '../evil' }), /is no name of a credential helper/);
  await assert.rejects(login('token.example/a', { credsStore: 'test' }), /pull the image with docker first/);
  await assert.rejects(login('a', '{"auths": secret'), (error: Error) => error.message.endsWith('config.json is no JSON'));
});
