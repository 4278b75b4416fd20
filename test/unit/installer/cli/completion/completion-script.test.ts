import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { commands } from '../../../../../lib/installer/cli/commands/index.ts';
import { completionScript } from '../../../../../lib/installer/cli/completion/completion-script.ts';
import { knownHostNames } from '../../../../../lib/installer/config/host-names.ts';

const folder = mkdtempSync(join(tmpdir(), 'oo-test-'));
after(() => rmSync(folder, { recursive: true, force: true }));

/** What bash offers after these words; the program is one that knows two servers. */
function offered(...words: string[]): string[] {
  const line = ['oo-install', ...words];
  const script = `
oo-install() { [ "$*" = 'completion hosts' ] && echo localhost web1; }
${completionScript('bash', commands)}
COMP_WORDS=("$@") COMP_CWORD=$(($# - 1))
_oo_install
printf '%s\\n' "\${COMPREPLY[@]}"`;
  const out = execFileSync('bash', ['-c', script, 'bash', ...line], { encoding: 'utf8', cwd: folder });
  return out.split('\n').filter((word) => word !== '');
}

test('bash completes commands, the second words of groups, flags and servers', () => {
  assert.deepEqual(offered('st'), ['status', 'start', 'stop']);
  assert.deepEqual(offered('bundle', ''), ['create', 'inspect', 'verify']);
  assert.deepEqual(offered('status', '--js'), ['--json']);
  assert.deepEqual(offered('bundle', 'inspect', '--js'), ['--json']);
  assert.deepEqual(offered('status', 'w'), ['web1']);
  assert.deepEqual(offered('w'), ['web1']);
  assert.deepEqual(offered('version', 'w'), []);
  assert.deepEqual(offered('completion', 'f'), ['fish']);
});

test('after a flag that takes a file come files, after one that takes something else nothing', () => {
  writeFileSync(join(folder, 'web-key'), '');
  assert.deepEqual(offered('status', '--identity', 'w'), ['web-key']);
  assert.deepEqual(offered('status', '-i', 'w'), ['web-key']);
  assert.deepEqual(offered('status', '--parallel', 'w'), []);
});

test('after a flag with a few values come these', () => {
  assert.deepEqual(offered('install', '--packages', ''), ['auto', 'host', 'stream']);
  assert.deepEqual(offered('logs', '-u', 'd'), ['docker']);
  assert.deepEqual(offered('lab', 'up', '--provider', ''), ['local', 'aws']);
  assert.match(completionScript('fish', commands), / -l packages -x -a 'auto host stream' /);
});

test('every command and every flag is in the script of every shell', () => {
  for (const shell of ['bash', 'zsh', 'fish']) {
    const script = completionScript(shell, commands);
    for (const { name, options = [] } of commands) {
      for (const word of name.split(' ')) assert.match(script, new RegExp(`\\b${word}\\b`), `${shell}: ${name}`);
      for (const { flags } of options) {
        const long = /--([a-z0-9-]+)/.exec(flags)![1]!;
        assert.ok(script.includes(shell === 'fish' ? ` -l ${long}` : `--${long}`), `${shell}: --${long}`);
      }
    }
  }
  assert.throws(() => completionScript('csh', commands), { code: 'SHELL_UNKNOWN' });
});

test("servers are those of ssh's configuration and what it includes; patterns and what a shell would read are not offered", async () => {
  mkdirSync(join(folder, '.ssh', 'more'), { recursive: true });
  writeFileSync(
    join(folder, '.ssh', 'config'),
    'Include more/*\nHost web1 web2 *.internal !web3\nHost $(reboot) ;x\nMatch all\n"\n',
  );
  writeFileSync(join(folder, '.ssh', 'more', 'a'), 'Host db1\nInclude config\n');
  assert.deepEqual(await knownHostNames(folder), ['localhost', 'db1', 'web1', 'web2']);
  assert.deepEqual(await knownHostNames(join(folder, 'nobody')), ['localhost']);
});
