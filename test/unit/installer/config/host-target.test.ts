import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseHostTarget } from '../../../../lib/installer/config/host-target.ts';

const accepted: readonly (readonly [string, object])[] = [
  ['localhost', { kind: 'local', host: 'localhost' }],
  ['127.0.0.1', { kind: 'ssh', host: '127.0.0.1' }],
  ['root@localhost', { kind: 'ssh', host: 'localhost', user: 'root' }],
  ['localhost:22', { kind: 'ssh', host: 'localhost', port: 22 }],
  ['LOCALHOST', { kind: 'ssh', host: 'LOCALHOST' }],
  ['web-1.example.com', { kind: 'ssh', host: 'web-1.example.com' }],
  ['my_alias', { kind: 'ssh', host: 'my_alias' }],
  ['admin@web:2222', { kind: 'ssh', host: 'web', user: 'admin', port: 2222 }],
  ['ssh://admin@web:2222', { kind: 'ssh', host: 'web', user: 'admin', port: 2222 }],
  ['ssh://web/', { kind: 'ssh', host: 'web' }],
  ['ssh://a%40corp@web', { kind: 'ssh', host: 'web', user: 'a@corp' }],
  ['ann@corp.example@web', { kind: 'ssh', host: 'web', user: 'ann@corp.example' }],
  ['CORP\\ann@web', { kind: 'ssh', host: 'web', user: 'CORP\\ann' }],
  ['::1', { kind: 'ssh', host: '::1' }],
  ['2001:db8::22', { kind: 'ssh', host: '2001:db8::22' }],
  ['[::1]', { kind: 'ssh', host: '::1' }],
  ['[::1]:2222', { kind: 'ssh', host: '::1', port: 2222 }],
  ['root@[fe80::1%eth0]:22', { kind: 'ssh', host: 'fe80::1%eth0', user: 'root', port: 22 }],
  ['ssh://[2001:db8::1]:65535', { kind: 'ssh', host: '2001:db8::1', port: 65_535 }],
];

test('hosts are read as ssh reads them, and keep the name that was typed', () => {
  for (const [text, expected] of accepted) assert.deepEqual(parseHostTarget(text), { name: text, ...expected });
});

const refused: readonly (readonly [string, RegExp])[] = [
  ['', /empty/],
  ['-oProxyCommand=id', /begin with -/],
  ['root@-oProxyCommand=id', /begin with -/],
  ['-l@web', /user does not begin with -/],
  ['web;id', /"web;id"/],
  ['$(id)', /characters/],
  ['`id`@web', /user name/],
  ['web|id', /characters/],
  ["we'b", /characters/],
  ['web/../etc', /characters/],
  ['a b', /white space/],
  ['web\n', /white space/],
  ['web\u0000', /control/],
  ['\u001b[31mweb', /control/],
  ['web\u009b31m', /control/],
  ['w\u202eeb', /characters/],
  ['@web', /user before @ is missing/],
  ['root@', /host is missing/],
  ['web:', /no port/],
  ['web:0', /no port/],
  ['web:65536', /no port/],
  ['web:22x', /no port/],
  ['web:-1', /no port/],
  ['a:b:c', /no IPv6 address/],
  ['[::1', /no IPv6 address/],
  ['[]:22', /host is missing/],
  ['::1%$(id)', /IPv6/],
  ['http://web', /only ssh:\/\//],
  ['ssh://root:secret@web', /password/],
  ['ssh://%zz@web', /percent/],
  ['ssh://a%00b@web', /user name/],
  ['a'.repeat(254), /at most 253/],
  [`${'u'.repeat(129)}@web`, /at most 128/],
  ['a'.repeat(501), /longer than 500/],
  ['.-', /characters/],
];

test('what names no host is refused with the value, the reason and the way out, and nothing in it reaches the terminal', () => {
  for (const [text, why] of refused) {
    assert.throws(
      () => parseHostTarget(text),
      (error: Error & { code?: string; hint?: string }) => {
        assert.equal(error.code, 'HOST_INVALID', text);
        assert.match(error.message, why);
        assert.doesNotMatch(error.message, /[\u0000-\u001f\u007f-\u009f]/);
        assert.match(error.hint ?? '', /user@host/);
        return true;
      },
      text,
    );
  }
});

test('a password in a name is not repeated', () => {
  for (const text of ['ssh://root:hunter22@web', 'root:hunter22@web', 'root:hunter22 @web', 'ssh://root:hunt@er22@web:x']) {
    assert.throws(
      () => parseHostTarget(text),
      (error: Error) => !/hunt|er22/.test(error.message) && error.message.includes('***'),
      text,
    );
  }
});

test('no text makes the reader fail in another way, and what it accepts is harmless', () => {
  const alphabet = [
    'a',
    'Z',
    '0',
    ':',
    '@',
    '[',
    ']',
    '%',
    '.',
    '-',
    '_',
    '/',
    ' ',
    '\n',
    '$',
    '`',
    ';',
    '\\',
    '\u0000',
    'ü',
    'ssh://',
    '::1',
  ];
  let seed = 7;
  const random = () => (seed = (seed * 1_103_515_245 + 12_345) % 2 ** 31) / 2 ** 31;
  for (let round = 0; round < 20_000; round++) {
    const text = Array.from(
      { length: 1 + Math.floor(random() * 8) },
      () => alphabet[Math.floor(random() * alphabet.length)]!,
    ).join('');
    try {
      const target = parseHostTarget(text);
      assert.match(target.host, /^[A-Za-z0-9_:][A-Za-z0-9_.:%-]*$/, text);
      assert.match(target.user ?? 'a', /^[A-Za-z0-9_.][A-Za-z0-9_.+@\\-]*\$?$/, text);
      assert.ok((target.port ?? 1) >= 1 && (target.port ?? 1) <= 65_535);
    } catch (error) {
      assert.equal((error as { code?: string }).code, 'HOST_INVALID', text);
    }
  }
});
