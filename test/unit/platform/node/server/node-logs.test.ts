import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { journalArguments } from '../../../../../lib/platform/node/kubelet/server/journal.ts';
import { LocalRuntime, onePod } from './local-runtime.ts';
import { serve, type Served } from './serve.ts';

/** A machine's logs in a folder, and beside it a file that is none; a journalctl that says how it was called. */
async function machine(t: TestContext): Promise<Served> {
  const folder = mkdtempSync(join(tmpdir(), 'oo-test-logs-'));
  t.after(() => rmSync(folder, { recursive: true }));
  const logs = join(folder, 'log');
  mkdirSync(join(logs, 'app<1>'), { recursive: true });
  writeFileSync(join(folder, 'shadow'), 'root:secret\n');
  writeFileSync(join(logs, 'syslog'), 'one\ntwo\n');
  writeFileSync(join(logs, 'empty'), '');
  writeFileSync(join(logs, 'app<1>', 'a b.log'), 'of the app\n');
  symlinkSync('../shadow', join(logs, 'leads-out'));
  symlinkSync('..', join(logs, 'up'));
  symlinkSync('syslog', join(logs, 'messages'));
  execFileSync('mkfifo', [join(logs, 'pipe')]);
  const journalctl = join(folder, 'journalctl');
  writeFileSync(journalctl, '#!/bin/sh\nprintf "%s\\n" "$@"\n', { mode: 0o755 });
  return serve(t, { runtime: new LocalRuntime(), pods: onePod({}), logs: { folder: logs, journalctl } });
}

test('a file is sent as it is, a folder as links that oc makes lines of', async (t) => {
  const served = await machine(t);
  const root = await served.get('/logs/');
  assert.equal(root.type, 'text/html; charset=utf-8');
  assert.match(root.body, /^<pre>\n<a href="app%3C1%3E\/">app&#60;1&#62;\/<\/a>\n<a href="empty">empty<\/a>\n/);
  assert.deepEqual(await served.get('/logs/syslog'), { code: 200, type: 'text/plain; charset=utf-8', body: 'one\ntwo\n' });
  assert.equal((await served.get('/logs/messages')).body, 'one\ntwo\n');
  assert.equal((await served.get('/logs/app%3C1%3E/')).body, '<pre>\n<a href="a%20b.log">a b.log</a>\n</pre>\n');
  assert.equal((await served.get('/logs/app%3C1%3E/a%20b.log')).body, 'of the app\n');
  assert.deepEqual(await served.get('/logs/empty'), { code: 200, type: 'text/plain; charset=utf-8', body: '' });
});

test('nothing beside the folder is sent, whatever leads there, and nothing that is no file', async (t) => {
  const served = await machine(t);
  for (const path of [
    'leads-out',
    'up/shadow',
    'up',
    '../shadow',
    '..%2fshadow',
    '%2e%2e/shadow',
    'app%3C1%3E/..%2f..%2fshadow',
    'syslog%00',
    'pipe',
    'gone',
    'syslog/x',
  ])
    assert.deepEqual((await served.get(`/logs/${path}`)).code, 404, path);
  assert.equal((await served.get('/logs/syslog', { ca: served.tls.ca })).code, 401);
});

test('the journal is asked for what the query says, in words that it cannot take for others', async (t) => {
  const served = await machine(t);
  const both = 'unit=openshift&query=openshift&tail=5&tailLines=5&grep=--all&pattern=--all&case-sensitive=false';
  const { code, body } = await served.get(`/logs/journal?${both}&since=1h%20ago&boot=-1`);
  assert.equal(code, 200);
  assert.deepEqual(body.trim().split('\n'), [
    '--utc',
    '--no-pager',
    '--quiet',
    '--output=short-precise',
    '--unit=openshift',
    '--since=1h ago',
    '--boot=-1',
    '--lines=5',
    '--grep=--all',
    '--case-sensitive=no',
  ]);
  assert.match((await served.get('/logs/?query=ssh')).body, /^--unit=ssh$/m);
  for (const wrong of [
    'unit=a%20b',
    'unit=*',
    'tail=x',
    'tail=100001',
    'boot=1',
    'boot=-101',
    'output=export',
    'since=%00',
    'grep=a%0ab',
  ])
    assert.equal((await served.get(`/logs/journal?${wrong}`)).code, 400, wrong);
  assert.deepEqual(journalArguments(new URLSearchParams('output=cat')), ['--utc', '--no-pager', '--quiet', '--output=cat']);
});

test('a machine without a journal says so, and what is wrong with one is told', async (t) => {
  const served = await serve(t, {
    runtime: new LocalRuntime(),
    pods: onePod({}),
    logs: { journalctl: '/nonexistent/journalctl' },
  });
  assert.deepEqual(await served.get('/logs/journal'), {
    code: 404,
    type: 'text/plain; charset=utf-8',
    body: 'this node has no journal',
  });
  const folder = mkdtempSync(join(tmpdir(), 'oo-test-journal-'));
  t.after(() => rmSync(folder, { recursive: true }));
  const journalctl = join(folder, 'journalctl');
  writeFileSync(journalctl, '#!/bin/sh\necho "No data available" >&2; exit 1\n', { mode: 0o755 });
  const broken = await serve(t, { runtime: new LocalRuntime(), pods: onePod({}), logs: { journalctl } });
  assert.deepEqual(await broken.get('/logs/journal'), {
    code: 500,
    type: 'text/plain; charset=utf-8',
    body: 'No data available',
  });
  writeFileSync(journalctl, '#!/bin/sh\nexit 1\n', { mode: 0o755 });
  assert.deepEqual(await broken.get('/logs/journal'), { code: 200, type: 'text/plain; charset=utf-8', body: '' });
});
