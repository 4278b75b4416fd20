import assert from 'node:assert/strict';
import { chmod, symlink } from 'node:fs/promises';
import { userInfo } from 'node:os';
import { test } from 'node:test';
import { configFiles } from '../../../support/config-files.ts';

import { resolve, withConfig } from './resolve-settings.ts';

test('without any file: the defaults of ssh', async () => {
  await using files = await configFiles();
  const { folder } = files;
  assert.deepEqual(await resolve(files, 'Web'), {
    name: 'Web',
    hostName: 'web',
    port: 22,
    user: userInfo().username,
    identityFiles: ['id_rsa', 'id_ecdsa', 'id_ecdsa_sk', 'id_ed25519', 'id_ed25519_sk'].map((name) => `${folder}/.ssh/${name}`),
    identitiesGiven: false,
    identitiesOnly: false,
    agentSocket: undefined,
    jumps: [],
    hostKeyAlias: undefined,
    userKnownHostsFiles: [`${folder}/.ssh/known_hosts`, `${folder}/.ssh/known_hosts2`],
    globalKnownHostsFiles: ['/etc/ssh/ssh_known_hosts', '/etc/ssh/ssh_known_hosts2'],
    strictHostKeys: 'ask',
    connectTimeout: 30_000,
    serverAliveInterval: 0,
    hashKnownHosts: false,
    warnings: [],
  });
});

test('the first value wins, over both files; what was typed goes before all', async () => {
  await using files = await configFiles({
    '.ssh/config': 'Host web*\n  User deploy\n  Port 2222\nHost *\n  User nobody\n  HostName %h.example.com\n',
    'etc/ssh/ssh_config': 'User system\nHashKnownHosts yes\nServerAliveInterval 1m30\n',
  });
  const web = await resolve(files, 'web1');
  assert.deepEqual(
    [web.user, web.port, web.hostName, web.hashKnownHosts, web.serverAliveInterval],
    ['deploy', 2222, 'web1.example.com', true, 90_000],
  );
  const typed = await resolve(files, 'ann@web1:22');
  assert.deepEqual([typed.user, typed.port], ['ann', 22]);
  assert.equal((await resolve(files, 'db')).user, 'nobody');
});

const patterns: readonly (readonly [string, string, boolean])[] = [
  ['Host web', 'web', true],
  ['Host web', 'WEB', false],
  ['Host web?', 'web', false],
  ['Host web?', 'web1', true],
  ['Host *.example.com', 'a.b.example.com', true],
  ['Host * !web', 'web', false],
  ['Host * !web', 'db', true],
  ['Host !web', 'db', false],
  ['Host db web', 'web', true],
  ['Host "web"', 'web', true],
  ['Match all', 'web', true],
  ['Match host WEB', 'web', true],
  ['Match host=web,db', 'db', true],
  ['Match host *,!web', 'web', false],
  ['Match !host web', 'web', false],
  ['Match !host db', 'web', true],
  ['Match originalhost web user ann', 'ann@web', true],
  ['Match originalhost web user bob', 'ann@web', false],
  ['Match localuser *', 'web', true],
  ['Match localuser nobody-at-all', 'web', false],
  ['Match final', 'web', true],
  ['Match final host web', 'web', true],
  ['Match canonical', 'web', false],
  ['Match canonical all', 'web', false],
  ['Match exec "true"', 'web', false],
  ['Match tagged x', 'web', false],
];

test('Host and Match sections apply as ssh_config(5) says', async () => {
  for (const [section, host, applies] of patterns) {
    const { port } = await withConfig(`${section}\nPort 2222\n`, host);
    assert.equal(port === 2222, applies, `${section} for ${host}`);
  }
});

test('Match host sees the name to connect to, originalhost the one that was typed', async () => {
  const config = 'Host web\nHostName 192.0.2.7\nMatch host 192.0.2.*\nUser addressed\nMatch originalhost web\nPort 2222\n';
  const { user, port } = await withConfig(config, 'web');
  assert.deepEqual([user, port], ['addressed', 2222]);
});

test('Match exec runs nothing, and is told only where the rest of its criteria is met', async () => {
  await using files = await configFiles();
  await files.write('.ssh/config', `Match host web exec "touch ${files.path('ran')}"\nUser x\n`);
  const { warnings } = await resolve(files, 'web');
  assert.deepEqual(warnings, [`${files.path('.ssh/config')}:1: Match exec is not run, so its section is passed over`]);
  assert.deepEqual((await resolve(files, 'db')).warnings, []);
  await assert.rejects(
    import('node:fs/promises').then(({ stat }) => stat(files.path('ran'))),
    { code: 'ENOENT' },
  );
});

test('Include: relative to ~/.ssh, patterns, several, inside a section, and its sections end with it', async () => {
  await using files = await configFiles({
    '.ssh/config': 'Include conf.d/*.conf "~/with space"\nHost web\n  Include inner\n  IdentityFile ~/after\n',
    '.ssh/conf.d/20.conf': 'Port 20\n',
    '.ssh/conf.d/10.conf': 'Host web\nPort 10\n',
    '.ssh/conf.d/.hidden.conf': 'Port 1\n',
    'with space': 'User spaced\n',
    '.ssh/inner': 'Host db\nHostName never\nHost web\nHostName inner.example\n',
  });
  const web = await resolve(files, 'web');
  assert.deepEqual([web.port, web.user, web.hostName], [10, 'spaced', 'inner.example']);
  assert.deepEqual(web.identityFiles, [files.path('after')]);
  const db = await resolve(files, 'db');
  assert.deepEqual([db.port, db.hostName], [20, 'db']);
});

test('files that include themselves come to an end, with the line', async () => {
  await assert.rejects(withConfig('\nInclude config\n', 'web'), { code: 'SSH_CONFIG_TOO_DEEP', message: /config:2: Include/ });
  await assert.rejects(withConfig('Include config config config\n', 'web'), { code: 'SSH_CONFIG_TOO_DEEP' });
});

test('identity files: all of them in order, tokens and variables replaced, none, and the ones of the command line first', async () => {
  await using files = await configFiles({
    '.ssh/config': `Host web
IdentityFile ~/.ssh/%r@%h
IdentityFile %d/a%%b
IdentityFile \${KEYS}/k
IdentityFile "/with space/%n-%p"
IdentityFile ~/.ssh/%r@%h
Host none
IdentityFile none
`,
  });
  const options = { identityFiles: ['/given%h'], env: { KEYS: '/keys' } };
  assert.deepEqual((await resolve(files, 'ann@web', options)).identityFiles, [
    '/given%h',
    files.path('.ssh/ann@web'),
    files.path('a%b'),
    '/keys/k',
    '/with space/web-22',
  ]);
  const none = await resolve(files, 'none');
  assert.deepEqual([none.identityFiles, none.identitiesGiven], [[], true]);
});

test('the agent: its variable, another, a path, none', async () => {
  const env = { SSH_AUTH_SOCK: '/run/agent', OTHER: '/run/other' };
  const socket = async (line: string) =>
    (await withConfig(line, 'web', { env, home: '/home/ann', configFile: undefined })).agentSocket;
  await using files = await configFiles();
  const of = async (config: string) => {
    await files.write('.ssh/config', config);
    return (await resolve(files, 'web', { env })).agentSocket;
  };
  assert.equal(await of(''), '/run/agent');
  assert.equal(await of('IdentityAgent SSH_AUTH_SOCK'), '/run/agent');
  assert.equal(await of('IdentityAgent $OTHER'), '/run/other');
  assert.equal(await of('IdentityAgent ~/agent.sock'), files.path('agent.sock'));
  assert.equal(await of('IdentityAgent none'), undefined);
  assert.equal(await socket(''), '/run/agent');
});

test('known_hosts files, alias, checking and time limits', async () => {
  await using files = await configFiles({
    '.ssh/config': `Host web
UserKnownHostsFile ~/.ssh/fleet "/a b/%k"
GlobalKnownHostsFile none
HostKeyAlias Fleet-1
StrictHostKeyChecking accept-new
ConnectTimeout 5
Host lax
StrictHostKeyChecking no
UserKnownHostsFile /dev/null
`,
  });
  const web = await resolve(files, 'web');
  assert.deepEqual(web.userKnownHostsFiles, [files.path('.ssh/fleet'), '/a b/Fleet-1']);
  assert.deepEqual([web.globalKnownHostsFiles, web.hostKeyAlias, web.strictHostKeys], [[], 'fleet-1', 'accept-new']);
  assert.equal(web.connectTimeout, 5_000);
  const lax = await resolve(files, 'lax');
  assert.equal(lax.strictHostKeys, 'ask');
  assert.match(lax.warnings.join(), /config:8: .*changed keys/);
});

const malformed: readonly (readonly [string, RegExp])[] = [
  ['Port 22x', /:2: bad port "22x"/],
  ['Port 0', /:2: bad port/],
  ['Port 1 2', /:2: port takes one value/],
  ['Port', /:2: port has no value/],
  ['User "a', /:2: a quote is not closed/],
  ['User -oX', /:2: a user does not begin with -/],
  ['User a;b', /:2: .*characters/],
  ['HostKeyAlias "a b"', /:2: bad hostkeyalias/],
  ['HostKeyAlias @revoked', /:2: bad hostkeyalias/],
  ['HostName -x', /:2: a host does not begin with -/],
  ['HostName %x', /:2: %x is not known/],
  ['HostName ""', /:2: hostname has an empty value/],
  ['HostName $(id)', /:2: .*characters/],
  ['IdentityFile ~bob/key', /:2: .*home folder/],
  ['IdentityFile ${UNSET}/k', /:2: the environment has no UNSET/],
  ['IdentitiesOnly maybe', /:2: identitiesonly is "maybe"/],
  ['StrictHostKeyChecking maybe', /:2: stricthostkeychecking/],
  ['ConnectTimeout soon', /:2: bad time "soon"/],
  ['ProxyJump a,,b', /:2: ProxyJump a,,b/],
  ['ProxyJump a,-b', /:2: .*begin with -/],
  ['ProxyJump http://a', /:2: .*only ssh/],
  ['UserKnownHostsFile a none', /:2: none must stand alone/],
  ['Match', /:2: match has no value/],
  ['Match host', /:2: Match host has no value/],
  ['Match all host web', /:2: all cannot be combined/],
  ['Include ~bob/config', /:2: Include ~bob/],
];

test('a malformed line is refused with file and line', async () => {
  for (const [line, why] of malformed) {
    await assert.rejects(
      withConfig(`# comment\n${line}\n`, 'web'),
      (error: Error & { code?: string }) => error.code === 'SSH_CONFIG_INVALID' && why.test(error.message),
      line,
    );
  }
});

test('settings that decide how a host is reached and are not honoured are told; others are passed over', async () => {
  const { warnings } = await withConfig(
    'BindAddress 192.0.2.1\nSendEnv LANG\nSomethingNew yes\nGSSAPIAuthentication yes\n',
    'web',
  );
  assert.equal(warnings.length, 1);
  assert.match(warnings[0]!, /config:1: bindaddress is not honoured/);
  const canonical = await withConfig('CanonicalizeHostname yes\nCanonicalDomains example.com\n', 'web');
  assert.match(canonical.warnings.join('\n'), /config:1: canonicalizehostname is not honoured$/);
});

test('a configuration that others may write to is refused, as is a named one that is absent; a loop of links is told', async () => {
  await using files = await configFiles({ '.ssh/config': 'User x\n' });
  await chmod(files.path('.ssh/config'), 0o666);
  await assert.rejects(resolve(files, 'web'), { code: 'SSH_CONFIG_UNSAFE', hint: /chmod 600/ });
  await files.write('including', `Include ${files.path('.ssh/config')}\n`);
  await assert.rejects(resolve(files, 'web', { configFile: files.path('including') }), { code: 'SSH_CONFIG_UNSAFE' });
  await assert.rejects(resolve(files, 'web', { configFile: files.path('absent') }), { code: 'SSH_CONFIG_UNREADABLE' });
  assert.equal((await resolve(files, 'web', { configFile: 'none' })).user, userInfo().username);
  await symlink('loop', files.path('loop'));
  await assert.rejects(resolve(files, 'web', { configFile: files.path('loop') }), { code: 'SSH_CONFIG_UNREADABLE' });
});

test('whatever stands in the file, it is read or refused by its code', async () => {
  await using files = await configFiles();
  const words = [
    'Host',
    'Match',
    'all',
    'host',
    '!',
    '*',
    'web',
    '=',
    '"',
    "'",
    '\\',
    '#',
    ' ',
    '\t',
    '\n',
    '\r\n',
    'Port',
    '22',
    'Include',
    '%h',
    '${',
    '}',
    '~',
    '\u0000',
    'ProxyJump',
    ',',
  ];
  let seed = 11;
  const random = () => (seed = (seed * 1_103_515_245 + 12_345) % 2 ** 31) / 2 ** 31;
  for (let round = 0; round < 1_500; round++) {
    const text = Array.from({ length: 1 + Math.floor(random() * 16) }, () => words[Math.floor(random() * words.length)]!).join(
      '',
    );
    await files.write('.ssh/config', text);
    try {
      await resolve(files, 'web');
    } catch (error) {
      assert.match((error as { code?: string }).code ?? '', /^SSH_(CONFIG|JUMP)_/, `${JSON.stringify(text)}: ${String(error)}`);
    }
  }
});
