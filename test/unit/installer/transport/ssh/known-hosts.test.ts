import assert from 'node:assert/strict';
import { createHmac, randomBytes } from 'node:crypto';
import { test } from 'node:test';
import { parseHostKey } from '../../../../../lib/installer/transport/ssh/host-key.ts';
import { parseKnownHostsLine } from '../../../../../lib/installer/transport/ssh/known-hosts-line.ts';
import { findKnownHosts, knownHostsName, standingOf } from '../../../../../lib/installer/transport/ssh/known-hosts.ts';
import { configFiles } from '../../../../support/config-files.ts';
import { testHostKey } from '../../../../support/ssh-keys.ts';

const key = testHostKey();
const [one, two, rsa] = [testHostKey(), testHostKey(), testHostKey('ssh-rsa')];
const line = (hosts: string, shown = key) => `${hosts} ${shown.type} ${shown.base64}`;

function hashed(name: string): string {
  const salt = randomBytes(20);
  return `|1|${salt.toString('base64')}|${createHmac('sha1', salt).update(name).digest('base64')}`;
}

const matching: readonly (readonly [string, string, boolean])[] = [
  ['web', 'web', true],
  ['WEB', 'web', true],
  ['web', 'web2', false],
  ['db,web', 'web', true],
  ['*.example.com', 'a.example.com', true],
  ['*.example.com,!b.example.com', 'b.example.com', false],
  ['10.0.0.?', '10.0.0.7', true],
  ['[web]:2222', '[web]:2222', true],
  ['[web]:2222', 'web', false],
  ['web', '[web]:2222', false],
  ['[*]:2222', '[web]:2222', true],
  ['::1', '::1', true],
  ['[::1]:2222', '[::1]:2222', true],
  [hashed('web'), 'web', true],
  [hashed('web'), 'Web', true],
  [hashed('web'), 'db', false],
  [hashed('[web]:2222'), '[web]:2222', true],
];

test('names match as sshd(8) says: lists, wildcards, negation, ports, hashes', () => {
  for (const [hosts, name, expected] of matching) {
    const entry = parseKnownHostsLine(line(hosts), 'f', 1);
    assert.ok(typeof entry === 'object', hosts);
    assert.equal(entry.matches(name), expected, `${hosts} ~ ${name}`);
  }
});

test('the name has a port only where it is not 22; an alias never has', () => {
  assert.equal(knownHostsName({ hostName: 'Web', port: 22, hostKeyAlias: undefined }), 'web');
  assert.equal(knownHostsName({ hostName: '::1', port: 2222, hostKeyAlias: undefined }), '[::1]:2222');
  assert.equal(knownHostsName({ hostName: 'web', port: 2222, hostKeyAlias: 'Fleet' }), 'fleet');
});

test('malformed lines are passed over and told with file and line, and the rest counts', async () => {
  const bad = [
    'web',
    'web ssh-ed25519',
    'web ssh-ed25519 !!!!',
    'web ssh-ed25519 AAAA',
    `web ssh-rsa ${key.base64}`,
    `@what ${line('web')}`,
  ];
  const short = `|1|${'A'.repeat(27)}=|AAAA ssh-ed25519 ${key.base64}`;
  const alsoBad = [
    short,
    `|1|abc ssh-ed25519 ${key.base64}`,
    `|2|a|b ssh-ed25519 ${key.base64}`,
    '\u001b[31m x',
    'x'.repeat(40_000),
  ];
  await using files = await configFiles({
    one: ['# comment', '', ...bad, ...alsoBad, `  ${line('web')} a comment with\u0007bell\r`].join('\n'),
    two: line('web', rsa),
  });
  const known = await findKnownHosts('web', [files.path('one'), files.path('absent'), files.path('two'), files.path('one')]);
  assert.deepEqual(
    known.plain.map(({ file, line: at, key: shown }) => [file, at, shown.fingerprint]),
    [
      [files.path('one'), 3 + bad.length + alsoBad.length, key.fingerprint],
      [files.path('two'), 1, rsa.fingerprint],
    ],
  );
  assert.equal(known.warnings.length, bad.length + alsoBad.length);
  assert.ok(known.warnings.every((text) => text.startsWith(files.path('one')) && !/[\u0000-\u001f]/.test(text)));
  assert.match(known.warnings[0]!, /one:3 is passed over: it has no key/);
});

test('a file that is none is passed over', async () => {
  await using files = await configFiles();
  assert.deepEqual((await findKnownHosts('web', [files.folder])).plain, []);
});

test('how a key stands: known, changed whatever its type, revoked before all, an authority is no key', async () => {
  await using files = await configFiles({
    hosts: [
      line('web', one),
      line('web', rsa),
      `@revoked ${line('*', two)}`,
      `@cert-authority ${line('*.corp,ca-only', two)}`,
    ].join('\n'),
    revokedLater: [line('web', two), `@revoked ${line('web', two)}`].join('\n'),
  });
  const look = async (name: string, shown: typeof key, file = 'hosts') =>
    standingOf(parseHostKey(shown.blob)!, await findKnownHosts(name, [files.path(file)]));
  assert.equal((await look('web', one)).state, 'known');
  assert.equal((await look('web', rsa)).state, 'known');
  const changed = await look('web', key);
  assert.deepEqual([changed.state, 'entry' in changed && changed.entry.line], ['changed', 1]);
  const otherRsa = await look('web', testHostKey('ssh-rsa'));
  assert.deepEqual([otherRsa.state, 'entry' in otherRsa && otherRsa.entry.line], ['changed', 2]);
  assert.equal((await look('db', two)).state, 'revoked');
  assert.equal((await look('web', two, 'revokedLater')).state, 'revoked');
  assert.equal((await look('a.corp', one)).state, 'authority-only');
  assert.equal((await look('db', one)).state, 'unknown');
});

test('whatever stands in a line, reading it does not fail', () => {
  const parts = [
    'web',
    '@revoked',
    '@cert-authority',
    '|1|',
    '|',
    'AAAA',
    '=',
    ' ',
    '\t',
    ',',
    '!',
    '*',
    '[',
    ']:',
    'ssh-ed25519',
    key.base64,
    '\u0000',
    '#',
  ];
  let seed = 5;
  const random = () => (seed = (seed * 1_103_515_245 + 12_345) % 2 ** 31) / 2 ** 31;
  for (let round = 0; round < 20_000; round++) {
    const text = Array.from({ length: 1 + Math.floor(random() * 10) }, () => parts[Math.floor(random() * parts.length)]!).join(
      '',
    );
    const entry = parseKnownHostsLine(text, 'f', 1);
    if (typeof entry === 'object') entry.matches('web');
  }
});
