import assert from 'node:assert/strict';
import { userInfo } from 'node:os';
import { test } from 'node:test';

import { withConfig } from './resolve-settings.ts';

test('jump hosts are resolved through the configuration, outermost first, with the jumps of the first of them', async () => {
  const config = `Host outer
HostName 192.0.2.1
User jumper
Host middle
ProxyJump outer
Host inner
Port 2200
ProxyJump never-used
Host web
ProxyJump bob@middle:23,inner
`;
  const { jumps } = await withConfig(config, 'web');
  assert.deepEqual(
    jumps.map(({ user, hostName, port, jumps: own }) => [user, hostName, port, own.length]),
    [
      ['jumper', '192.0.2.1', 22, 0],
      ['bob', 'middle', 23, 0],
      [userInfo().username, 'inner', 2200, 0],
    ],
  );
  assert.deepEqual((await withConfig(config, 'web', { jump: 'none' })).jumps, []);
  assert.deepEqual(
    (await withConfig(config, 'web', { jump: 'inner' })).jumps.map(({ hostName }) => hostName),
    ['never-used', 'inner'],
  );
});

test('of ProxyJump and ProxyCommand the first counts; one that is but ssh -W is a jump; others are refused with a way out', async () => {
  const jumps = async (config: string) => (await withConfig(config, 'web')).jumps.map(({ name }) => name);
  assert.deepEqual(await jumps('ProxyJump none\nProxyCommand nc %h %p\n'), []);
  assert.deepEqual(await jumps('ProxyCommand none\nHost web\nProxyJump a\n'), []);
  assert.deepEqual(await jumps('Host web\nProxyCommand ssh -q -W %h:%p ann@gate\n'), ['ann@gate']);
  assert.deepEqual(await jumps('Host web\nProxyCommand exec /usr/bin/ssh gate -p 23 -l bob -W [%h]:%p\n'), ['bob@gate:23']);
  for (const command of [
    'nc %h %p',
    'ssh -W %h:%p gate; id',
    'ssh gate nc %h %p',
    'sh -c "ssh -W %h:%p gate"',
    'ssh -o X=y -W %h:%p g',
  ]) {
    await assert.rejects(jumps(`\nHost web\nProxyCommand ${command}\n`), {
      code: 'SSH_PROXY_COMMAND',
      message: /config:3: ProxyCommand/,
      hint: /ProxyJump/,
    });
  }
});

test('jump hosts that lead in a circle are refused with the names on the way', async () => {
  await assert.rejects(withConfig('ProxyJump gate\n', 'web'), { code: 'SSH_JUMP_LOOP', message: /web -> gate -> gate/ });
  await assert.rejects(withConfig('Host a\nProxyJump b\nHost b\nProxyJump a\n', 'a'), {
    code: 'SSH_JUMP_LOOP',
    message: /a -> b -> a/,
  });
  assert.equal((await withConfig('Host gate\nProxyJump none\nHost *\nProxyJump gate\n', 'web')).jumps.length, 1);
});
