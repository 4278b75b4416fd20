import assert from 'node:assert/strict';
import { test } from 'node:test';
import { portsOf } from '../../../../lib/platform/kubecfg/controllers-by-name.ts';
import { readFlags, USAGE } from '../../../../lib/platform/kubecfg/flags.ts';

test('flags have one dash or two, and a value behind a blank or =', () => {
  for (const args of [
    ['-p', '8080:80', 'run', 'image', '2', 'web'],
    ['--p=8080:80', 'run', 'image', '2', 'web'],
    ['run', 'image', '2', 'web', '-p=8080:80'],
  ])
    assert.deepEqual(readFlags(args), { flags: { p: '8080:80' }, words: ['run', 'image', '2', 'web'] });
  assert.deepEqual(readFlags(['-json', '--yaml=false', '-c', '-', 'create', 'pods']), {
    flags: { json: true, yaml: false, c: '-' },
    words: ['create', 'pods'],
  });
});

test('what is no flag, has no value, or is elsewhere now is refused by name', () => {
  assert.throws(() => readFlags(['-nope']), /flag provided but not defined: -nope/);
  assert.throws(() => readFlags(['list', '-l']), /flag needs an argument: -l/);
  assert.throws(() => readFlags(['-json=maybe']), /invalid boolean value "maybe" for -json/);
  assert.throws(() => readFlags(['-insecure_skip_tls_verify']), /-certificate_authority/);
});

test('ports of the host and of the container', () => {
  assert.deepEqual(portsOf('8080:80,443'), [{ hostPort: 8080, containerPort: 80 }, { containerPort: 443 }]);
  assert.deepEqual(portsOf(undefined), []);
  for (const wrong of ['80:', '0:80', '1:2:3', '70000', 'http'])
    assert.throws(() => portsOf(wrong), /is no port|HOSTPORT:PORT/, wrong);
});

test('the help fits a terminal of 80 columns', () => {
  for (const line of USAGE.split('\n')) assert.ok(line.length <= 80, line);
  assert.match(USAGE, /^ {2}-h {22}HOST of the API, as .*\n {26}\S/m);
});
