import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseHostTarget } from '../../lib/installer/config/host-target.ts';
import { resolveSshSettings } from '../../lib/installer/config/ssh-settings.ts';
import { configFiles } from '../support/config-files.ts';
import { runCommand } from '../support/run-command.ts';

/** What both say about a host, or that they refuse the file. ssh -G does not look for circles of jump hosts. */
type Answer = Readonly<Record<string, string>> | 'refused' | 'circle';

/** ssh -G prints what it would do, and connects to nothing. */
async function sshSays(file: string, host: string): Promise<Answer> {
  const { code, stdout } = await runCommand(['ssh', '-F', file, '-G', host], { anyCode: true });
  if (code !== 0) return 'refused';
  const of = (key: string) =>
    stdout
      .split('\n')
      .filter((line) => line.startsWith(`${key} `))
      .map((line) => line.slice(key.length + 1))
      .join(' ');
  const [timeout, alive] = [of('connecttimeout'), of('serveraliveinterval')];
  return {
    hostname: of('hostname').toLowerCase(),
    user: of('user'),
    port: of('port'),
    jumps: of('proxyjump') || 'none',
    identitiesOnly: of('identitiesonly'),
    alias: of('hostkeyalias').toLowerCase(),
    timeout: timeout === 'none' ? '30' : timeout,
    alive,
  };
}

async function weSay(file: string, host: string): Promise<Answer> {
  try {
    const settings = await resolveSshSettings(parseHostTarget(host), { configFile: file, env: {} });
    return {
      hostname: settings.hostName,
      user: settings.user,
      port: String(settings.port),
      jumps: settings.jumps.map(({ name }) => name).join(',') || 'none',
      identitiesOnly: settings.identitiesOnly ? 'yes' : 'no',
      alias: settings.hostKeyAlias ?? '',
      timeout: String(settings.connectTimeout / 1_000),
      alive: String(settings.serverAliveInterval / 1_000),
    };
  } catch (error) {
    const { code } = error as { code?: string };
    assert.match(code ?? '', /^SSH_/, String(error));
    return code === 'SSH_JUMP_LOOP' ? 'circle' : 'refused';
  }
}

async function assertSame(file: string, config: string, hosts: readonly string[]): Promise<void> {
  for (const host of hosts) {
    const ours = await weSay(file, host);
    if (ours !== 'circle') assert.deepEqual(ours, await sshSays(file, host), `${host} with\n${config}`);
  }
}

const configs = [
  '',
  'User a\nUser b\n',
  "User 'ab'",
  'User "a"b\nPort=2222',
  'HostKeyAlias a#b\n',
  'User a # b\n',
  '  User  =  x  \n',
  'User =x\nHostName=a.example\r\n',
  'Port 22x',
  'Port 1 2',
  'User',
  'User "a',
  'Host web\nPort 1\nHost *\nPort 2\nUser x\n',
  'Host * !web\nPort 3\nHost web*\nUser y\n',
  'HostName %h.example\nMatch host *.example\nPort 4\nMatch originalhost web\nUser z\n',
  'Match all\nPort 5\n',
  'Match host web,db user ann\nPort 6\n',
  'Match !host web\nPort 7\n',
  'Match host web all\n',
  'Match\n',
  'Match host\n',
  'Match final host *.late\nPort 8\nHost *\nHostName %h.late\n',
  'Match canonical all\nPort 9\n',
  'Match !final host web\nPort 10\n',
  'Match host WEB\nPort 11\n',
  'Host WEB\nPort 12\n',
  'Host web db\nProxyJump a\nProxyJump b\n',
  'Host web\nProxyJump u@a:23,[::1]:24\n',
  'ProxyJump none\n',
  'ProxyJump a,,b\n',
  'Host web\nProxyCommand none\nProxyJump a\n',
  'HostKeyAlias Fleet\nIdentitiesOnly yes\nConnectTimeout 1m30\nServerAliveInterval 1h\n',
  'ConnectTimeout 5\nServerAliveInterval x\n',
  'IdentitiesOnly maybe\n',
  'StrictHostKeyChecking maybe\n',
  'UserKnownHostsFile a none\n',
  'Host\tweb\n\tPort\t13\n',
  'Include FOLDER/one FOLDER/absent FOLDER/many/*.conf\nUser after\n',
  'Host db\nInclude FOLDER/one\nHost *\nUser after\n',
  'Host web\nInclude FOLDER/sections\nPort 99\n',
  'Include "FOLDER/with space"\n',
  'Include FOLDER/loop\n',
];

test('the configuration means to us what it means to ssh -G', async () => {
  await using files = await configFiles({
    one: 'Port 100\n',
    'many/20.conf': 'User twenty\n',
    'many/10.conf': 'Host web\nUser ten\n',
    'many/.hidden.conf': 'Port 1\n',
    sections: 'Host db\nPort 50\nHost web\nHostName in.sections\n',
    'with space': 'User spaced\n',
  });
  await files.write('loop', `Include ${files.path('loop')}\n`);
  for (const config of configs) {
    const text = config.replaceAll('FOLDER', files.folder);
    await assertSame(await files.write('config', text), text, ['web', 'ann@web', 'db']);
  }
});

test('files that are put together by chance mean the same to both', async () => {
  await using files = await configFiles();
  const seed = Number(process.env['OO_SEED'] ?? Date.now() % 1_000_000);
  let state = seed;
  const random = () => (state = (state * 1_103_515_245 + 12_345) % 2 ** 31) / 2 ** 31;
  const pick = (choices: readonly string[]) => choices[Math.floor(random() * choices.length)]!;
  const patterns = ['web', 'db', '*', 'w*', '!web', '!w?b', '*.example', 'w?b', '!*', '"web"'];
  const line = () =>
    pick([
      `Host ${pick(patterns)} ${pick(patterns)}`,
      `Match host ${pick(patterns).replaceAll('"', '')},${pick(patterns).replaceAll('"', '')}`,
      `Match ${pick(['', '!'])}originalhost ${pick(['web', 'db', 'w*'])} ${pick(['', '!'])}user ${pick(['ann', 'root', '*', 'x'])}`,
      `Match ${pick(['final', 'canonical', '!final', 'all', 'final all'])}`,
      `Port ${pick(['1', '22', '"2222"', '65535', ' 443 '])}`,
      `User ${pick(['ann', 'root', '"x"', "'y'", 'b # c', '"c"d'])}`,
      `HostName ${pick(['%h', '%h.example', 'a.example', '192.0.2.1', 'web'])}`,
      `ProxyJump ${pick(['none', 'gate', 'ann@gate:23', 'gate,inner'])}`,
      `IdentitiesOnly ${pick(['yes', 'no', 'true', 'false'])}`,
      `HostKeyAlias ${pick(['one', 'two', 'a#b'])}`,
      pick(['', '# comment', '   ', '\t# Port 5']),
    ]);
  for (let round = 0; round < 150; round++) {
    const text = `Host gate inner\nProxyJump none\nHost *\n${Array.from({ length: 1 + Math.floor(random() * 10) }, line).join('\n')}\n`;
    const file = await files.write('config', text);
    await assertSame(file, `# seed ${seed}\n${text}`, [pick(['web', 'db', 'ann@web'])]);
  }
});
