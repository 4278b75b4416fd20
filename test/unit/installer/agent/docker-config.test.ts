import assert from 'node:assert/strict';
import { chmodSync, existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { configFileOf, parseExecStart } from '../../../../lib/installer/agent/docker-config/daemon-command.ts';
import { canReload } from '../../../../lib/installer/agent/docker-config/docker-daemon.ts';
import { JsonTextError, parseJson } from '../../../../lib/installer/agent/docker-config/json-text.ts';
import { changedKeys, mergeSettings, unmergeSettings } from '../../../../lib/installer/agent/docker-config/merge-settings.ts';
import { objectionTo } from '../../../../lib/installer/agent/docker-config/validate-config.ts';

/** A broken text, and where it breaks. */
const broken: readonly [string, number, number, RegExp][] = [
  ['{ "storage-driver": "overlay2", }', 1, 33, /"}" stands here, and a name in double quotes was expected/],
  ['{\n  "a": 1\n  "b": 2\n}', 3, 3, /a comma or } was expected/],
  ['{\n  "a": tru\n}', 2, 8, /a value was expected/],
  ["{'a': 1}", 1, 2, /a name in double quotes/],
  ['{"a" 1}', 1, 6, /a colon was expected/],
  ['{"a": [1, 2}', 1, 12, /a comma or \] was expected/],
  ['{"a": "b', 1, 7, /a value was expected/],
  ['{"a": 1', 1, 8, /it ends here/],
  ['{} // no comments', 1, 4, /nothing may follow/],
  ['\ufeff{}', 1, 1, /a value was expected/],
  ['', 1, 1, /it ends here/],
];
for (const [text, line, column, reason] of broken) {
  test(`${JSON.stringify(text)} is no JSON from line ${line}, column ${column} on`, () => {
    assert.throws(
      () => parseJson(text),
      (error: unknown) => {
        assert.ok(error instanceof JsonTextError);
        assert.deepEqual([error.line, error.column], [line, column]);
        assert.match(error.message, reason);
        return true;
      },
    );
  });
}

test('what JSON.parse reads is read: the same value', () => {
  const text = '{"a":[1,-0.5e3,true,null,"\\u00e9\\n"],"b":{"c":{}},"__proto__":{"polluted":true}}';
  assert.deepEqual(parseJson(text), JSON.parse(text));
});

const theirs = { 'log-driver': 'journald', 'log-opts': { tag: 'x' }, dns: ['192.0.2.53'], debug: true };
const wanted = {
  'log-driver': 'json-file',
  'log-opts': { 'max-size': '10m' },
  dns: ['192.0.2.53', '192.0.2.54'],
  'live-restore': true,
};

test('settings are merged key by key: objects too, lists get what they lack, what was not asked for stays', () => {
  const merged = mergeSettings(theirs, wanted);
  assert.deepEqual(merged, {
    'log-driver': 'json-file',
    'log-opts': { tag: 'x', 'max-size': '10m' },
    dns: ['192.0.2.53', '192.0.2.54'],
    debug: true,
    'live-restore': true,
  });
  assert.deepEqual(mergeSettings(merged, wanted), merged, 'again: nothing to do');
  assert.deepEqual(changedKeys(theirs, merged), ['log-driver', 'log-opts', 'dns', 'live-restore']);
});

test('taken back untouched, it is what it was', () => {
  const { settings, kept } = unmergeSettings(mergeSettings(theirs, wanted), theirs, mergeSettings(theirs, wanted));
  assert.deepEqual([settings, kept], [theirs, []]);
});

test('taken back after edits: ours go where they are as we left them, the edits stay, and what is kept is named', () => {
  const ours = mergeSettings(theirs, wanted);
  const edited = {
    ...ours,
    'live-restore': false,
    'log-opts': { tag: 'y', 'max-size': '10m', 'max-file': '3' },
    dns: ['192.0.2.54', '192.0.2.55'],
    'insecure-registries': ['r:5000'],
  };
  const { settings, kept } = unmergeSettings(edited, theirs, ours);
  assert.deepEqual(settings, {
    'log-driver': 'journald',
    'log-opts': { tag: 'y', 'max-file': '3' },
    dns: ['192.0.2.55'],
    debug: true,
    'live-restore': false,
    'insecure-registries': ['r:5000'],
  });
  assert.deepEqual(kept, ['live-restore']);
});

test('a key that its owner removed is not made anew', () => {
  const { settings } = unmergeSettings({ debug: true }, {}, { debug: true, labels: ['a'] });
  assert.deepEqual(settings, {});
  assert.deepEqual(unmergeSettings({}, { debug: true }, { debug: false }).settings, {});
});

test('only what dockerd takes over while it runs spares a restart', () => {
  assert.equal(canReload(['live-restore', 'registry-mirrors', 'labels']), true);
  assert.equal(canReload(['live-restore', 'log-opts']), false);
});

test('flags of the unit are read with the variables of its environment files', () => {
  const shown =
    'ExecStart={ path=/usr/sbin/dockerd ; argv[]=/usr/sbin/dockerd -H fd:// $DOCKER_OPTS ${NOTHING} ; ignore_errors=no ; pid=0 }';
  const argv = parseExecStart(shown, new Map([['DOCKER_OPTS', '--log-level=warn  --config-file /srv/d.json']]));
  assert.deepEqual(argv, ['/usr/sbin/dockerd', '-H', 'fd://', '--log-level=warn', '--config-file', '/srv/d.json']);
  assert.equal(configFileOf(argv), '/srv/d.json');
  assert.equal(configFileOf(['dockerd', '--config-file=/x/y.json']), '/x/y.json');
  assert.equal(configFileOf(['dockerd']), '/etc/docker/daemon.json');
});

/** What dockerd says of a configuration, as a program of ours that says what dockerd of a release says. */
async function objectionOf(script: string) {
  const dir = mkdtempSync(join(tmpdir(), 'oo-dockerd-'));
  chmodSync(dir, 0o755);
  try {
    writeFileSync(join(dir, 'dockerd'), `#!/bin/sh\necho "$@" >>${dir}/args 2>/dev/null\n${script}\n`);
    chmodSync(join(dir, 'dockerd'), 0o755);
    writeFileSync(join(dir, 'args'), '');
    chmodSync(join(dir, 'args'), 0o666);
    const objection = await objectionTo('{"foo":1}', [join(dir, 'dockerd'), '-H', 'fd://', '--config-file', '/etc/x.json'], dir);
    assert.deepEqual(readdirSync(dir).sort(), ['args', 'dockerd'], 'nothing is left behind');
    return { objection, args: readFileSync(join(dir, 'args'), 'utf8') };
  } finally {
    rmSync(dir, { recursive: true });
  }
}

test('a dockerd that can validate is asked, with the flags that it is started with and the new file in place of its own', async () => {
  const { objection, args } = await objectionOf(
    `echo 'unable to configure the Docker daemon with file '"$4"': the following directives do not match any configuration option: foo' >&2; exit 1`,
  );
  assert.equal(objection, 'the following directives do not match any configuration option: foo');
  assert.match(args, /^-H fd:\/\/ --config-file \S+\/daemon\.[0-9a-f-]+\.json --validate\n$/);
  assert.equal((await objectionOf('echo configuration OK')).objection, '');
});

test('an older one is started by nobody, and what else keeps it from starting is no objection', async () => {
  if (process.getuid?.() !== 0) return;
  const old = `case "$*" in *--validate*) echo 'Status: unknown flag: --validate' >&2; exit 125 ;; esac
    [ "$(id -u)" != 0 ] || exit 9
    cat "$4" >/dev/null || exit 8`;
  const refused = await objectionOf(`${old}; echo 'unable to configure the Docker daemon with file x: bad' >&2; exit 1`);
  assert.equal(refused.objection, 'bad');
  const fine = await objectionOf(`${old}; echo 'dockerd needs to be started with root privileges.' >&2; exit 1`);
  assert.equal(fine.objection, '');
});

test('where dockerd is not there yet, nothing can be asked, and nothing is left', async () => {
  const dir = mkdtempSync(join(tmpdir(), 'oo-dockerd-'));
  assert.equal(await objectionTo('{}', [join(dir, 'no-such-dockerd')], dir), '');
  assert.deepEqual(existsSync(dir) && readdirSync(dir), []);
  rmSync(dir, { recursive: true });
});
