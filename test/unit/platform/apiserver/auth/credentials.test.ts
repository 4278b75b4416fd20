import assert from 'node:assert/strict';
import { createHash, randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { Agent, request } from 'node:https';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { createMemoryBackend } from '../../../../../lib/platform/storage/memory/memory-backend.ts';
import { publicPem } from '../../../../../lib/platform/pki/keys.ts';
import { ensurePlatformCertificates } from '../../../../../lib/platform/pki/platform-certificates.ts';
import { rotateServiceAccountKey } from '../../../../../lib/platform/pki/service-account-keys.ts';
import { parseTokenFile } from '../../../../../lib/platform/apiserver/auth/static-tokens.ts';
import { OoError } from '../../../../../lib/common/errors.ts';
import { eventually } from '../../../../support/eventually.ts';
import { type ApiUnderTest, startApi } from '../api-under-test.ts';
import { createPrivateKey } from 'node:crypto';

const folder = mkdtempSync(join(tmpdir(), 'oo-credentials-'));
after(() => rmSync(folder, { recursive: true }));

const WHOAMI = '/apis/authentication.k8s.io/v1/selfsubjectreviews';
const bearer = (token: string) => ({ as: null, headers: { authorization: `Bearer ${token}` } });
const whoami = async (t: ApiUnderTest, token: string) => {
  const { code, body } = await t.call('POST', WHOAMI, { ...bearer(token), body: {} });
  return code === 201 ? body.status.userInfo : code;
};
const sha256 = (token: string): string => `sha256:${createHash('sha256').update(token).digest('hex')}`;

test('a token whose hash is in the file is its user, from the next second after a change on', async () => {
  const [ann, ben] = [randomBytes(16).toString('hex'), randomBytes(16).toString('hex')];
  const tokenFile = join(folder, 'tokens.csv');
  writeFileSync(tokenFile, `# who\n${sha256(ann)},ann,u-1,"ops, dev"\n`, { mode: 0o600 });
  await using t = await startApi({ tokenFile });
  assert.deepEqual(await whoami(t, ann), { username: 'ann', uid: 'u-1', groups: ['ops', 'dev', 'system:authenticated'] });
  assert.equal(await whoami(t, ben), 401);
  assert.equal(await whoami(t, sha256(ann).slice(7)), 401, 'the hash itself is no token');
  writeFileSync(tokenFile, `${sha256(ben)},ben,,\n`);
  utimesSync(tokenFile, new Date(), new Date(Date.now() + 5000));
  await eventually(async () => assert.deepEqual(await whoami(t, ben), { username: 'ben', groups: ['system:authenticated'] }));
  assert.equal(await whoami(t, ann), 401);
  writeFileSync(tokenFile, 'ann-in-plain,ann,,\n');
  utimesSync(tokenFile, new Date(), new Date(Date.now() + 9000));
  await new Promise((resolve) => setTimeout(resolve, 1100));
  assert.notEqual(await whoami(t, ben), 401, 'a file that has become wrong takes nobody away');
});

test('a token file that is wrong is refused by its line, without a word of what is on it', () => {
  const wrong = (text: string): string => {
    try {
      parseTokenFile(text, '/etc/tokens');
    } catch (error) {
      assert.ok(error instanceof OoError);
      return error.message;
    }
    return assert.fail('it was taken');
  };
  const hash = sha256('x');
  assert.equal(
    wrong('\nplain-secret,ann,,\n'),
    '/etc/tokens, line 2: the first field is not "sha256:" and 64 hexadecimal digits',
  );
  assert.equal(wrong(`${hash},,,`), '/etc/tokens, line 1: the second field, the user, is empty');
  assert.equal(wrong(`${hash},a,,"b`), '/etc/tokens, line 1: a quotation mark is not closed');
  assert.match(wrong(`${hash},a,,b,c`), /more than four fields/);
  assert.match(wrong(`${hash},a,,\n${hash},b,,`), /line 2: its token is on a line before/);
});

test('tokens of the key before the rotation stay good, and those of a key that nobody knows do not', async () => {
  const dir = join(folder, 'pki');
  const options = { nodeName: 'n1', addresses: ['127.0.0.1'], dnsNames: [] };
  const backend = createMemoryBackend();
  const close = backend.close.bind(backend);
  backend.close = () => Promise.resolve();
  const issue = async (t: ApiUnderTest): Promise<string> => {
    const path = '/api/v1/namespaces/default/serviceaccounts/robot/token';
    return (await t.call('POST', path, { body: { spec: { expirationSeconds: 3600 } } })).body.status.token as string;
  };
  const keysOf = async () => {
    const { saKeyPem, saPubPem, saRetiredPems } = await ensurePlatformCertificates(dir, options);
    return { saKeyPem, saPubPem, saRetiredPems };
  };
  const before = await keysOf();
  let token: string;
  {
    await using t = await startApi({ backend, ...before });
    await t.call('POST', '/api/v1/namespaces/default/serviceaccounts', { body: { metadata: { name: 'robot' } } });
    token = await issue(t);
  }
  await rotateServiceAccountKey(dir);
  const rotated = await keysOf();
  assert.notEqual(rotated.saKeyPem, before.saKeyPem);
  assert.deepEqual(rotated.saRetiredPems, [publicPem(createPrivateKey(before.saKeyPem))]);
  {
    await using t = await startApi({ backend, ...rotated });
    assert.equal((await whoami(t, token)).username, 'system:serviceaccount:default:robot');
    const { body } = await t.call('GET', '/openid/v1/jwks');
    const ids = body.keys.map((key: { kid: string }) => key.kid);
    const kidOf = (jwt: string): string => JSON.parse(Buffer.from(jwt.split('.')[0]!, 'base64url').toString()).kid as string;
    assert.deepEqual(ids, [kidOf(await issue(t)), kidOf(token)]);
  }
  await using t = await startApi({ backend, ...rotated, saRetiredPems: [] });
  assert.equal(await whoami(t, token), 401);
  backend.close = close;
});

test('the issuer tells accounts where its keys are, and nobody else', async () => {
  await using t = await startApi();
  await t.call('POST', '/api/v1/namespaces/default/serviceaccounts', { body: { metadata: { name: 'robot' } } });
  const { body } = await t.call('POST', '/api/v1/namespaces/default/serviceaccounts/robot/token', { body: { spec: {} } });
  const found = await t.call('GET', '/.well-known/openid-configuration', bearer(body.status.token));
  assert.deepEqual(found.body, {
    issuer: 'https://kubernetes.default.svc',
    jwks_uri: 'https://127.0.0.1:8443/openid/v1/jwks',
    response_types_supported: ['id_token'],
    subject_types_supported: ['public'],
    id_token_signing_alg_values_supported: ['ES256'],
  });
  assert.equal(
    (await t.call('GET', '/openid/v1/jwks', bearer(body.status.token))).headers['content-type'],
    'application/jwk-set+json',
  );
  assert.equal((await t.call('GET', '/.well-known/openid-configuration', { as: 'bob' })).code, 403);
});

test('a proxy with the right certificate says whom it asks for; the same headers from others say nothing', async () => {
  const options = { nodeName: 'n1', addresses: ['127.0.0.1'], dnsNames: [] };
  const { authority } = await ensurePlatformCertificates(join(folder, 'proxy-pki'), options);
  await using t = await startApi({ frontProxy: { caPem: authority.caPem, allowedNames: ['proxy'] } });
  const headers = { 'x-remote-user': 'dora', 'x-remote-group': ['a', 'b'], 'x-remote-extra-scopes': 'x', 'x-remote-uid': '9' };
  const ask = async (commonName: string, more: object): Promise<{ code: number; text: string }> => {
    const pair = await authority.issue({ commonName, organizations: ['system:masters'], usages: ['client'] });
    const agent = new Agent({ ca: t.certificates.caPem, cert: pair.certPem, key: pair.keyPem });
    return new Promise((resolve, reject) => {
      const sent = { 'content-type': 'application/json', ...more };
      request({ agent, host: '127.0.0.1', port: t.port, method: 'POST', path: WHOAMI, headers: sent }, (response) => {
        let text = '';
        response.on('data', (chunk: Buffer) => (text += chunk.toString()));
        response.on('end', () => {
          agent.destroy();
          resolve({ code: response.statusCode!, text });
        });
      })
        .once('error', reject)
        .end('{}');
    });
  };
  const proxied = await ask('proxy', headers);
  assert.deepEqual(JSON.parse(proxied.text).status.userInfo, {
    username: 'dora',
    uid: '9',
    groups: ['a', 'b', 'system:authenticated'],
    extra: { scopes: ['x'] },
  });
  assert.equal((await ask('proxy', {})).code, 401, 'a proxy is nobody by itself, whatever its certificate says');
  assert.equal((await ask('another', headers)).code, 401, 'a name that is not among the allowed ones');
  const own = await t.call('POST', WHOAMI, { as: 'bob', headers, body: {} });
  assert.equal(own.body.status.userInfo.username, 'bob');
  assert.equal((await t.call('POST', WHOAMI, { as: null, headers, body: {} })).code, 401);
});

test('each part of an impersonation is a right of its own', async () => {
  await using t = await startApi();
  const RBAC = '/apis/rbac.authorization.k8s.io/v1';
  const grant = async (name: string, rule: object): Promise<void> => {
    const roleRef = { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name };
    const subjects = [{ kind: 'User', apiGroup: 'rbac.authorization.k8s.io', name: 'ivy' }];
    await t.call('POST', `${RBAC}/clusterroles`, { body: { metadata: { name }, rules: [{ verbs: ['impersonate'], ...rule }] } });
    await t.call('POST', `${RBAC}/clusterrolebindings`, { body: { metadata: { name }, roleRef, subjects } });
  };
  const as = (more: Record<string, string> = {}) =>
    t.call('POST', WHOAMI, { as: 'ivy', headers: { 'impersonate-user': 'joe', ...more }, body: {} });
  const steps: readonly [name: string, more: Record<string, string>, rule: object, missing: RegExp][] = [
    ['users', {}, { apiGroups: [''], resources: ['users'], resourceNames: ['joe'] }, /cannot impersonate resource "users"/],
    ['groups', { 'impersonate-group': 'g' }, { apiGroups: [''], resources: ['groups'] }, /cannot impersonate resource "groups"/],
    [
      'uids',
      { 'impersonate-uid': '1' },
      { apiGroups: ['authentication.k8s.io'], resources: ['uids'] },
      /cannot impersonate resource "uids" in API group "authentication\.k8s\.io"/,
    ],
    [
      'extras',
      { 'impersonate-extra-scopes': 'view' },
      { apiGroups: ['authentication.k8s.io'], resources: ['userextras/scopes'], resourceNames: ['view'] },
      /"view" is forbidden: .* cannot impersonate resource "userextras\/scopes"/,
    ],
  ];
  for (const [name, more, rule, missing] of steps) {
    const refused = await as(more);
    assert.equal(refused.code, 403, name);
    assert.match(refused.body.message, missing);
    await grant(name, rule);
    assert.equal((await as(more)).code, 201, name);
  }
  assert.equal((await as({ 'impersonate-extra-scopes': 'edit' })).code, 403);
  const headless = await t.call('GET', '/api', { headers: { 'impersonate-group': 'g' } });
  assert.deepEqual([headless.code, headless.body.message], [400, 'requested {"groups":["g"]} without impersonating a user']);
});
