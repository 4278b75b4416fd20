import assert from 'node:assert/strict';
import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { test } from 'node:test';
import { packageRoot } from '../../../../lib/common/assets.ts';
import type { FailureClass } from '../../../../lib/common/errors.ts';
import { exitCodes } from '../../../../lib/installer/cli/exit-codes.ts';
import { noColours } from '../../../../lib/installer/cli/progress/event-text.ts';
import { jsonReporter } from '../../../../lib/installer/cli/progress/json-reporter.ts';
import { plainReporter } from '../../../../lib/installer/cli/progress/plain-reporter.ts';
import { severity } from '../../../../lib/installer/fleet/summarize.ts';
import { type EventBody, progressEvent } from '../../../../lib/installer/progress-event.ts';

const root = packageRoot();
const run = (...args: string[]) => {
  const argv = ['--disable-warning=ExperimentalWarning', join(root, 'bin', 'oo-install.ts'), ...args];
  const { status, stdout, stderr } = spawnSync(process.execPath, argv, { encoding: 'utf8' });
  return { status, stdout, stderr };
};

test('what names no host is refused before anything is done, however it is spelled', () => {
  for (const host of ['-oProxyCommand=x', '$(reboot)', '../x', '; reboot', 'http://server1', 'root@', 'server1:99999']) {
    const { status, stderr } = run('install', '--', host);
    assert.equal(status, exitCodes.usage, host);
    assert.ok(stderr.includes(JSON.stringify(host)), stderr);
  }
});

test('what is no terminal gets no control characters', () => {
  const { stdout, stderr } = run('check', '-F', 'none', '127.0.0.1:1', '127.0.0.1:2');
  assert.match(stdout + stderr, /^127\.0\.0\.1:1 \| error: [^\u0000-\u0009\u000b-\u001f]*$/m);
  assert.ok(!(stdout + stderr).includes('\u001b'));
});

test('one server is named once, whatever it is called', () => {
  for (const pair of [
    ['localhost', 'localhost'],
    ['127.0.0.1:1', 'ssh://127.0.0.1:1'],
  ]) {
    const { status, stderr } = run('check', '-F', 'none', ...pair);
    assert.equal(status, exitCodes.usage);
    assert.match(stderr, /HOST_TWICE/);
  }
});

test('hosts that nobody answers for fail each on its own, and the summary is the last line', () => {
  const { status, stdout } = run('check', '-F', 'none', '127.0.0.1:1', '127.0.0.1:2', '--json');
  const events = stdout
    .trim()
    .split('\n')
    .map((line) => progressEvent.parse(JSON.parse(line)));
  const failed = events.filter((event) => event.event === 'failed');
  assert.deepEqual(failed.map(({ host, code }) => [host, code]).sort(), [
    ['127.0.0.1:1', 'SSH_REFUSED'],
    ['127.0.0.1:2', 'SSH_REFUSED'],
  ]);
  const last = events.at(-1)!;
  assert.ok(last.event === 'summary' && last.hosts.length === 2 && last.exitCode === exitCodes.connection);
  assert.equal(status, exitCodes.connection);
});

test('where there is no terminal, no escape sequence is written', () => {
  const runs = [
    ['check', '-F', 'none', '127.0.0.1:1'],
    ['check', '-F', 'none', '127.0.0.1:1', '127.0.0.1:2'],
    ['install', '--dry-run', '-F', 'none', '127.0.0.1:1', '127.0.0.1:2'],
    ['status', '-F', 'none', '127.0.0.1:1', '--json'],
    ['--help'],
    ['version'],
    ['$(reboot)'],
  ];
  for (const args of runs) {
    const { stdout, stderr } = run(...args);
    assert.notEqual(stdout + stderr, '', args.join(' '));
    assert.ok(!`${stdout}${stderr}`.includes('\u001b'), `${args.join(' ')}: ${JSON.stringify([stdout, stderr])}`);
  }
});

test('flags for one host, passwords in files that others can read, and keys of strangers are refused', () => {
  const exposed = join(mkdtempSync(join(tmpdir(), 'oo-test-')), 'password');
  writeFileSync(exposed, 'hunter2\n', { mode: 0o644 });
  const pin = `SHA256:${'A'.repeat(43)}`;
  const cases: [string[], string][] = [
    [['--node-name', 'x', '127.0.0.1:1', '127.0.0.1:2'], 'FLAG_OF_ONE_HOST'],
    [['-i', '/nonexistent/key', '127.0.0.1:1'], 'IDENTITY_NOT_FOUND'],
    [['--sudo-password-file', exposed, '127.0.0.1:1'], 'SECRET_FILE_EXPOSED'],
    [['--host-key', `other=${pin}`, '127.0.0.1:1'], 'HOST_KEY_FOR_NOBODY'],
    [['--host-key', 'SHA256:short', '127.0.0.1:1'], 'HOST_KEY_PIN_INVALID'],
    [['--limit', 'nobody', '127.0.0.1:1'], 'LIMIT_MATCHES_NOTHING'],
  ];
  for (const [args, code] of cases) {
    const { status, stderr } = run('check', '-F', 'none', ...args);
    assert.deepEqual([status, stderr.includes(`(${code}, exit status 2)`), stderr.includes('hunter2')], [2, true, false], stderr);
  }
  rmSync(dirname(exposed), { recursive: true });
});

test('an identity file that is not there is named before anything is connected to', () => {
  const { status, stderr } = run('check', '-F', 'none', '-i', '/nonexistent/key', '127.0.0.1:1');
  assert.match(stderr, /identity file "\/nonexistent\/key" for 127\.0\.0\.1:1 is not accessible: ENOENT/);
  assert.equal(status, 2);
});

test('status says that it has begun, so that the wait for a silent host is seen', () => {
  const [first] = run('status', '-F', 'none', '127.0.0.1:1', '--json').stdout.split('\n');
  const event = progressEvent.parse(JSON.parse(first!));
  assert.deepEqual([event.event, event.event === 'started' && event.command], ['started', 'status']);
});

test('what is no command has no help, and what goes wrong without a host is told as on one', () => {
  const cases: [string[], RegExp][] = [
    [['help', 'statsu'], /^error: statsu is no command; did you mean status\?\n.*\n {2}\(HELP_UNKNOWN, exit status 2\)\n$/],
    [
      ['init', '/nonexistent/site.yaml'],
      /^error: \/nonexistent\/site\.yaml cannot be written: ENOENT: no such file or directory\n.*\n {2}\(CLUSTER_FILE_UNWRITABLE, exit status 2\)\n$/,
    ],
    [['logs', 'web1', '--lines', 'abc'], /\(oo-install logs --help tells more\)/],
    [['bundle', 'crate'], /\(oo-install bundle --help tells more\)/],
  ];
  for (const [args, expected] of cases) {
    const { status, stderr } = run(...args);
    assert.match(stderr, expected, args.join(' '));
    assert.equal(status, 2, args.join(' '));
  }
  const [event] = run('bundle', 'inspect', '/nonexistent/site.bundle', '--json').stdout.split('\n');
  assert.equal(progressEvent.parse(JSON.parse(event!)).event, 'failed');
});

test('who stops reading ends it quietly, and in order', () => {
  const command = `${process.execPath} --disable-warning=ExperimentalWarning ${join(root, 'bin', 'oo-install.ts')}`;
  for (const [args, status] of [
    ['check -F none 127.0.0.1:1 127.0.0.1:2 --parallel 1 --json', exitCodes.interrupted],
    ['completion bash', 0],
  ] as const) {
    // `true` is gone before the first line is written.
    const { stderr } = spawnSync('sh', ['-c', `{ ${command} ${args}; echo "status $?" >&2; } | true`], { encoding: 'utf8' });
    assert.match(stderr, new RegExp(`^(\\n?standard output is closed: .*\n\\(again .*\n)?status ${status}\n$`), stderr);
  }
});

test('mistakes in flags are usage errors with the way to the help', () => {
  assert.deepEqual([run('localhost', '--nonsense').status, run('install').status], [2, 2]);
  assert.match(run('localhost', '--nonsense').stderr, /--nonsense[^]*--help/);
  assert.match(run('localhost', '--advertise-address', '0.0.0.0').stderr, /must be an IPv4 address/);
  assert.match(run('localhost', '--tls-san', '203.0.113.5,fe80::1%eth0').stderr, /must be DNS names in lower case, or addresses/);
});

test('without arguments, help with examples', () => {
  const { status, stdout } = run();
  assert.equal(status, 0);
  assert.match(stdout, /Examples:\n {2}oo-install localhost/);
});

test('a refused host is one line of JSON with --json, and the same exit status', () => {
  const { status, stdout, stderr } = run('$(reboot)', '--json');
  const event = progressEvent.parse(JSON.parse(stdout));
  assert.deepEqual([event.event, event.event === 'failed' && event.exitCode, status, stderr], ['failed', 2, 2, '']);
});

test('the completion script is valid and knows every command', () => {
  const { stdout } = run('completion', 'bash');
  execFileSync('bash', ['-n'], { input: stdout });
  for (const command of ['install', 'check', 'status', 'uninstall']) assert.match(stdout, new RegExp(`\\b${command}\\b`));
  const complete = (...words: string[]) => {
    const script = `${stdout}\nCOMP_WORDS=(oo-install "$@"); COMP_CWORD=$#; _oo_install; echo "\${COMPREPLY[*]}"`;
    return execFileSync('bash', ['-c', script, 'bash', ...words], { encoding: 'utf8' }).trim();
  };
  assert.equal(complete('uni'), 'uninstall');
  assert.equal(complete('bundle', ''), 'create inspect verify');
  assert.equal(complete('bundle', 'create', '--f'), '--for');
  assert.equal(complete('install', '--pack'), '--packages');
  assert.equal(run('completion', 'csh').status, 2);
});

test('docs/exit-codes.md tells every class with its status, and no other', () => {
  const text = readFileSync(join(root, 'docs', 'exit-codes.md'), 'utf8');
  const rows = [...text.matchAll(/^\| (\d+) +\| `(\w+)` +\|/gm)].map(([, code, name]) => [name, Number(code)]);
  assert.deepEqual(Object.fromEntries(rows) as Record<FailureClass, number>, { ...exitCodes });
});

test('docs/exit-codes.md tells which class is worse, in the order that decides', () => {
  const text = readFileSync(join(root, 'docs', 'exit-codes.md'), 'utf8');
  assert.deepEqual(
    [...text.matchAll(/^\d\. `(\w+)`/gm)].map((match) => match[1]),
    severity,
  );
});

test('docs/json-events.md tells every event and every field', () => {
  const text = readFileSync(join(root, 'docs', 'json-events.md'), 'utf8');
  for (const option of progressEvent.options) {
    const name = option.shape.event.value;
    const section = text.split(/^## /m).find((part) => part.startsWith(`\`${name}\``));
    assert.ok(section !== undefined, `no section about ${name}`);
    for (const field of Object.keys(option.shape)) {
      if (!['event', 'time', 'host'].includes(field)) assert.ok(section.includes(`\`${field}\``), `${name}: ${field}`);
    }
  }
});

const failed: EventBody = {
  event: 'failed',
  host: 'h',
  code: 'X',
  failure: 'docker',
  exitCode: 5,
  message: 'docker said \u001b]0;owned\u0007\n    second line',
  hint: 'mend it',
};

test('what a server says cannot write to the terminal', () => {
  let text = '';
  const reporter = plainReporter({
    out: (line) => (text += line),
    err: (line) => (text += line),
    paint: noColours,
    verbose: false,
  });
  reporter.report(failed);
  assert.equal(text, 'error: docker said ?]0;owned?\n    second line\n  mend it\n  (X, exit status 5)\n');
});

test('sentences are broken between words where a terminal ends; fingerprints and commands are not', () => {
  let text = '';
  const add = (line: string) => (text += line);
  const reporter = plainReporter({ out: add, err: add, paint: noColours, verbose: false, width: 60 });
  const fingerprint = `SHA256:${'k'.repeat(43)}`;
  const hint = `compare it with what the console of the server shows, or\n  ssh-keygen -lf /etc/ssh/key.pub\nthen go on`;
  reporter.report({ ...failed, message: `web1.example.com is not known: its ed25519 key has ${fingerprint}`, hint } as EventBody);
  reporter.report({ event: 'log', host: 'h', line: 'x '.repeat(50) } as EventBody);
  assert.equal(
    text,
    `error: web1.example.com is not known: its ed25519 key has
  ${fingerprint}
  compare it with what the console of the server shows, or
    ssh-keygen -lf /etc/ssh/key.pub
  then go on
  (X, exit status 5)
${'x '.repeat(50)}
`,
  );
});

test('every line of JSON is an event of the schema', () => {
  const lines: string[] = [];
  const reporter = jsonReporter((line) => lines.push(line));
  reporter.report(failed);
  reporter.report({ event: 'change', host: 'h', phase: 'p', description: 'd' });
  for (const line of lines) progressEvent.parse(JSON.parse(line));
  assert.ok(lines.every((line) => line.endsWith('\n') && !line.slice(0, -1).includes('\n')));
});
