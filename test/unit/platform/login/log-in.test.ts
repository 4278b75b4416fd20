import assert from 'node:assert/strict';
import { X509Certificate } from 'node:crypto';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { type AddressInfo, createServer, type Server } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, beforeEach, test } from 'node:test';
import { createServer as createTlsServer } from 'node:tls';
import { parse, stringify } from 'yaml';
import { type Asker, logIn, logOut, newProject, whoAmI } from '../../../../lib/platform/login/log-in.ts';
import type { ApiUnderTest } from '../apiserver/api-under-test.ts';
import { startWithOAuth } from '../oauth/oauth-under-test.ts';

let t: ApiUnderTest;
let server: string;
const folder = mkdtempSync(join(tmpdir(), 'oo-login-'));
const [kubeconfig, authority] = [join(folder, 'config'), join(folder, 'ca.crt')];
const { signal } = new AbortController();
before(async () => {
  t = await startWithOAuth();
  server = `https://127.0.0.1:${t.port}`;
  writeFileSync(authority, t.certificates.caPem);
});
beforeEach(() => rmSync(kubeconfig, { force: true }));
after(async () => {
  await t[Symbol.asyncDispose]();
  rmSync(folder, { recursive: true });
});

const nobody: Asker = { name: () => assert.fail('asked for a name'), password: () => assert.fail('asked for a password') };
const types = (password: string): Asker => ({ ...nobody, password: async () => password });
const flags = { kubeconfig, username: 'alice', certificateAuthority: authority };
const alice = types('wonderland');
const listening = async (one: Server): Promise<AsyncDisposable & { url: string }> => {
  await once(one.listen(0, '127.0.0.1'), 'listening');
  return {
    url: `https://127.0.0.1:${(one.address() as AddressInfo).port}`,
    [Symbol.asyncDispose]: () => one[Symbol.asyncDispose](),
  };
};
const file = () => parse(readFileSync(kubeconfig, 'utf8'));

test('a login is the current context, in a file that only its owner reads, and the platform knows who it is', async () => {
  assert.equal(
    await logIn(server, flags, alice, signal),
    `Logged in to ${server} as alice. You have no project yet: openshift new-project NAME\n`,
  );
  assert.equal(statSync(kubeconfig).mode & 0o777, 0o600);
  const cluster = `127-0-0-1:${t.port}`;
  assert.equal(file()['current-context'], `/${cluster}/alice`);
  assert.equal(file().users[0].name, `alice/${cluster}`);
  assert.match(file().users[0].user.token, /^sha256~/);
  assert.doesNotMatch(readFileSync(kubeconfig, 'utf8'), /wonderland/);
  assert.equal(await whoAmI({ kubeconfig }), 'alice\n');
});

test('the next login needs neither the address nor the authority, and what others have in the file stays', async () => {
  const others = '# mine\napiVersion: v1\nkind: Config\nusers:\n- name: other # kept\n  user: {token: abc}\n';
  writeFileSync(kubeconfig, others);
  await logIn(server, flags, alice, signal);
  await logIn(undefined, { kubeconfig, username: 'bob' }, types('builder'), signal);
  assert.equal(await whoAmI({ kubeconfig }), 'bob\n');
  assert.ok(readFileSync(kubeconfig, 'utf8').startsWith('# mine\n'));
  assert.deepEqual(
    file().users.map(({ name }: { name: string }) => name.replace(/\/.*/, '')),
    ['other', 'alice', 'bob'],
  );
});

test('a server that the kubeconfig knows under another name than its address is logged in to by that name', async () => {
  const knowAs = (name: string): void =>
    writeFileSync(
      kubeconfig,
      stringify({
        clusters: [
          {
            name: 'oo-web1',
            cluster: {
              server,
              'certificate-authority-data': Buffer.from(t.certificates.caPem).toString('base64'),
              'tls-server-name': name,
            },
          },
        ],
        users: [],
        contexts: [{ name: 'oo-web1', context: { cluster: 'oo-web1', user: 'nobody' } }],
        'current-context': 'oo-web1',
      }),
    );
  const asAlice = { kubeconfig, username: 'alice' };
  knowAs('web9.example.com');
  await assert.rejects(logIn(undefined, asAlice, alice, signal), { code: 'LOGIN_NAME_OTHER', message: /web9\.example\.com/ });
  knowAs('kubernetes');
  await logIn(undefined, asAlice, alice, signal);
  await newProject('named', { kubeconfig });
  assert.equal(await whoAmI({ kubeconfig }), 'alice\n');
  assert.equal(file().clusters.find(({ name }: { name: string }) => name !== 'oo-web1').cluster['tls-server-name'], 'kubernetes');
});

test('a name is asked for where none was given', async () => {
  const asker = { ...alice, name: async () => 'alice' };
  await logIn(server, { kubeconfig, certificateAuthority: authority }, asker, signal);
  assert.equal(await whoAmI({ kubeconfig }), 'alice\n');
});

test('a logout ends the token on the server, and in the file', async () => {
  await logIn(server, flags, alice, signal);
  const { token } = file().users[0].user;
  const asAlice = () =>
    t.call('GET', '/apis/user.openshift.io/v1/users/~', { as: null, headers: { authorization: `Bearer ${token}` } });
  assert.equal((await asAlice()).code, 200);
  assert.equal(await logOut({ kubeconfig }), `Logged out of ${server}.\n`);
  assert.equal((await asAlice()).code, 401);
  assert.doesNotMatch(readFileSync(kubeconfig, 'utf8'), /sha256~/);
});

test('what is wrong is told by its name, and nothing is written', async () => {
  const login = (at: string | undefined, more: object, asker: Asker = alice) => logIn(at, { ...flags, ...more }, asker, signal);
  await assert.rejects(login(server, {}, types('looking-glass')), { code: 'LOGIN_REFUSED', message: /alice was not logged in/ });
  await assert.rejects(login(undefined, {}), { code: 'LOGIN_SERVER_NEEDED' });
  for (const wrong of ['http://127.0.0.1:8443', 'https://a:b@127.0.0.1', 'https://127.0.0.1/path', 'https://', 'x y'])
    await assert.rejects(login(wrong, {}), { code: 'LOGIN_SERVER_INVALID', message: new RegExp(wrong.replaceAll('.', '\\.')) });
  await assert.rejects(login(server, { certificateAuthority: undefined }), { code: 'LOGIN_AUTHORITY_NEEDED' });
  await assert.rejects(login(server, { certificateAuthority: kubeconfig }), { code: 'LOGIN_AUTHORITY_UNREADABLE' });
  await assert.rejects(login(server, { username: 'a:b' }), { code: 'LOGIN_USER_INVALID' });
  await assert.rejects(login('https://127.0.0.1:1', {}), { code: 'LOGIN_SERVER_STRANGE', message: /ECONNREFUSED/ });
  await assert.rejects(logIn(server, flags, alice, AbortSignal.abort()), { code: 'LOGIN_INTERRUPTED' });
  assert.throws(() => statSync(kubeconfig), { code: 'ENOENT' });
});

test('a server of another authority never hears the password', async () => {
  await using other = await startWithOAuth();
  await assert.rejects(logIn(`https://127.0.0.1:${other.port}`, flags, alice, signal), {
    code: 'LOGIN_AUTHORITY_OTHER',
    message: /is known by: .*(signature|self-signed|certificate)/,
    hint: /installed anew.*--certificate-authority/,
  });
});

test('who is at a terminal is asked once whether the authority that the server shows is the one', async () => {
  const asked: string[] = [];
  const answers = (yes: boolean): Asker => ({ ...alice, trust: async (question) => asked.push(question) > 0 && yes });
  const known = { kubeconfig, username: 'alice' };
  const unwilling = { ...answers(false), password: nobody.password };
  await assert.rejects(logIn(server, known, unwilling, signal), { code: 'LOGIN_AUTHORITY_NEEDED' });
  assert.throws(() => statSync(kubeconfig), { code: 'ENOENT' });

  assert.match(await logIn(server, known, answers(true), signal), /as alice/);
  assert.equal(await whoAmI({ kubeconfig }), 'alice\n');
  const { fingerprint256 } = new X509Certificate(t.certificates.caPem);
  for (const question of asked) {
    assert.ok(question.startsWith(`${server} is not known yet.\n`), question);
    assert.ok(
      question
        .replace(/\n {2}/, '')
        .replace(/\n {2}/, '')
        .includes(fingerprint256),
      question,
    );
    assert.ok(Math.max(...question.split('\n').map((line) => line.length)) < 80, question);
  }
  await logIn(server, known, alice, signal);
  assert.equal(asked.length, 2);

  await using other = await startWithOAuth();
  writeFileSync(kubeconfig, readFileSync(kubeconfig, 'utf8').replaceAll(String(t.port), String(other.port)));
  await assert.rejects(logIn(`https://127.0.0.1:${other.port}`, known, { ...unwilling, password: alice.password }, signal), {
    code: 'LOGIN_AUTHORITY_OTHER',
  });
  assert.equal(asked.length, 2);
});

test('nobody is asked to trust a server that shows no authority, or is not there', async () => {
  const asker: Asker = { ...nobody, trust: () => assert.fail('asked for trust') };
  const { certPem, keyPem } = await t.certificates.authority.issue({
    commonName: 'lone',
    usages: ['server'],
    ipAddresses: ['127.0.0.1'],
  });
  await using lone = await listening(createTlsServer({ cert: certPem, key: keyPem }));
  await using mute = await listening(createServer((socket) => socket.destroy()));
  const known = { kubeconfig, username: 'alice' };
  await assert.rejects(logIn(lone.url, known, asker, signal), { code: 'LOGIN_AUTHORITY_NEEDED' });
  await assert.rejects(logIn(mute.url, known, asker, signal), { code: 'LOGIN_SERVER_STRANGE' });
  await assert.rejects(logIn('https://127.0.0.1:1', known, asker, signal), {
    code: 'LOGIN_SERVER_STRANGE',
    message: /ECONNREFUSED/,
  });
  await assert.rejects(logIn(server, known, asker, AbortSignal.abort()), { code: 'LOGIN_INTERRUPTED' });
});

test('a new project is worked in from then on', async () => {
  await logIn(server, flags, alice, signal);
  assert.match(await newProject('shop', { kubeconfig }), /The project shop is there, and yours/);
  assert.match(file()['current-context'], /^shop\//);
  assert.equal(file().contexts.at(-1).context.namespace, 'shop');
  await assert.rejects(newProject('shop', { kubeconfig }), { reason: 'AlreadyExists' });
});
