import assert from 'node:assert/strict';
import { test } from 'node:test';
import { noColours } from '../../../../../lib/installer/cli/progress/event-text.ts';
import { fleetReporter } from '../../../../../lib/installer/cli/progress/fleet-reporter.ts';
import { prefixReporter } from '../../../../../lib/installer/cli/progress/prefix-reporter.ts';
import { glyphsFor } from '../../../../../lib/installer/cli/progress/glyphs.ts';
import type { HostRow } from '../../../../../lib/installer/fleet/host-record.ts';
import { summarize } from '../../../../../lib/installer/fleet/summarize.ts';
import { phases as all } from '../../../../../lib/installer/phases/index.ts';
import type { EventBody } from '../../../../../lib/installer/progress-event.ts';
import { eventually } from '../../../../support/eventually.ts';
import { FakeScreen } from '../../../../support/fake-screen.ts';

/** Those that every server goes through. */
const phases = all.filter(({ select }) => select === undefined);

const names = (count: number) => Array.from({ length: count }, (_, index) => `web${index + 1}.example.com`);

function onScreen(hosts: readonly string[], screen = new FakeScreen()) {
  const clock = { now: 0 };
  const write = (text: string) => screen.write(text);
  const glyphs = glyphsFor({});
  const common = { out: write, err: write, paint: noColours, verbose: false, glyphs, hosts, width: screen.columns - 1 };
  const options = { ...common, terminal: screen.terminal, parallel: 3 };
  return { screen, clock, reporter: fleetReporter({ ...options, now: () => clock.now }) };
}

const started = (host: string): EventBody => ({ event: 'started', host, command: 'install', dryRun: false });
const phase = (host: string, at: number, state: 'running' | 'done'): EventBody => {
  const { name, title } = phases[at]!;
  return { event: 'phase', host, phase: name, title, state, seconds: 1 };
};
const failed = (host: string, message: string): EventBody => {
  return { event: 'failed', host, code: 'SSH_TIMEOUT', failure: 'connection', exitCode: 4, message, hint: 'is it on?' };
};
const row = (host: string, more: Partial<HostRow> = {}): HostRow => {
  return { host, outcome: 'installed', seconds: 31.2, changes: 14, exitCode: 0, api: 'https://192.168.122.101:8443', ...more };
};

test('ten hosts at 80 by 24: one line each that does not move, their phases, and who is slow', async () => {
  const hosts = names(10);
  const { screen, clock, reporter } = onScreen(hosts);
  for (const host of hosts.slice(0, 3)) {
    reporter.report(started(host));
    reporter.plan(host, phases);
  }
  for (let at = 0; at < 4; at++) {
    reporter.report(phase(hosts[0]!, at, 'running'));
    reporter.report(phase(hosts[0]!, at, 'done'));
  }
  reporter.report(phase(hosts[0]!, 4, 'running'));
  reporter.report(phase(hosts[1]!, 1, 'running'));
  reporter.report({
    event: 'progress',
    host: hosts[1]!,
    phase: 'install-docker',
    message: 'unpacking \u001b[2J日本 '.padEnd(200, 'x'),
  });
  reporter.report(failed(hosts[2]!, 'no answer'));
  clock.now = 12_000;
  reporter.report(phase(hosts[0]!, 4, 'running'));
  const shown = () => screen.lines.map((line) => line.replace(/^ [⠋⠙⠹⠸⠼⠴⠦⠧⠇⠏] /, ' ⠋ '));
  await eventually(() =>
    assert.deepEqual(shown().slice(0, 4), [
      ' ⠋ web1.example.com   Prepare the kernel                      ━━━━─────   12 s',
      ' ⠋ web2.example.com   Install Docker                          ─────────   12 s',
      ' ✖ web3.example.com   SSH_TIMEOUT',
      ' ⠋ web4.example.com',
    ]),
  );
  assert.equal(screen.lines[4], ' · web5.example.com');
  await eventually(() => assert.equal(screen.lines.length, 13));
  assert.match(screen.lines[11]!, /^ {3}2 at work, 1 failed, 7 waiting +12 s$/);
  assert.match(screen.lines[12]!, /^ {3}web2\.example\.com: unpacking \?\[2J日本 x+…$/);
  await reporter.close();
  assert.deepEqual([screen.text.includes('web1'), screen.cursorIsShown], [false, true]);
});

test('the columns of all rows stand below each other', async () => {
  const hosts = ['a', 'a-host-with-a-very-long-name.eu-central-1.compute.internal', 'b.example.com'];
  const { screen, clock, reporter } = onScreen(hosts);
  for (const host of hosts) {
    reporter.report(started(host));
    reporter.plan(host, phases);
    reporter.report(phase(host, 0, 'running'));
  }
  clock.now = 65_000;
  reporter.report(phase(hosts[0]!, 0, 'running'));
  const rows = await eventually(() => {
    const lines = screen.lines.slice(0, 3);
    assert.ok(
      lines.every((line) => line.endsWith(' 65 s')),
      screen.text,
    );
    return lines;
  });
  assert.deepEqual(new Set(rows.map((line) => line.indexOf('Install the runtime and OpenShift'))), new Set([27]));
  assert.deepEqual(new Set(rows.map((line) => line.indexOf('─────────'))), new Set([62]));
  assert.match(rows[1]!, /^ . a-host-with.*…\S+internal /);
  await reporter.close();
});

test('more hosts than rows: those at work and those that failed are seen, the others are counted', async () => {
  const hosts = names(40);
  const { screen, reporter } = onScreen(hosts, new FakeScreen(80, 10));
  for (const host of hosts.slice(0, 3)) reporter.report(started(host));
  await eventually(() => {
    assert.match(screen.text, /3 at work, 37 waiting \(37 not shown\)/);
    for (const host of hosts.slice(0, 3)) assert.ok(screen.text.includes(` ${host} `), host);
  });
  assert.ok(screen.lines.length <= 9, screen.text);
  reporter.report({ event: 'result', host: hosts[0]!, command: 'install', outcome: 'installed', seconds: 1, changes: 1 });
  reporter.report(failed(hosts[1]!, 'no answer'));
  for (const host of hosts.slice(3, 5)) reporter.report(started(host));
  await eventually(() => {
    assert.match(screen.text, /3 at work, 1 done, 1 failed, 35 waiting \(36 not shown\)/);
    assert.deepEqual(screen.text.match(/web\d+/g), ['web2', 'web3', 'web4', 'web5']);
  });
  await reporter.close();
});

test('at the end: the table, then what somebody must read, once for hosts that say the same', async () => {
  const hosts = names(4);
  const { screen, reporter } = onScreen(hosts);
  for (const host of hosts) reporter.report(started(host));
  for (const host of hosts.slice(0, 3)) reporter.report({ event: 'note', host, message: 'Docker was stopped' });
  reporter.report(failed(hosts[3]!, 'the server at the address 192.168.122.104 port 22 has not answered within 30 seconds'));
  const bad = { outcome: 'failed', exitCode: 4, code: 'SSH_TIMEOUT', failure: 'connection', changes: 0 };
  const rows = [...hosts.slice(0, 3).map((host) => row(host)), row(hosts[3]!, bad)];
  reporter.report(summarize('install', rows, 31.4));
  await reporter.close();
  assert.equal(
    screen.text,
    `
   HOST              OUTCOME    TIME  CHANGES  API
 ✔ web1.example.com  installed  31 s       14  https://192.168.122.101:8443
 ✔ web2.example.com  installed  31 s       14  https://192.168.122.101:8443
 ✔ web3.example.com  installed  31 s       14  https://192.168.122.101:8443
 ✖ web4.example.com  failed     31 s        0  SSH_TIMEOUT (4)

1 of 4 hosts failed. (31 s) exit status 4

web1.example.com, web2.example.com, web3.example.com
note    Docker was stopped

web4.example.com
error: the server at the address 192.168.122.104 port 22 has not answered
  within 30 seconds
  is it on?
  (SSH_TIMEOUT, exit status 4)`,
  );
});

test('a heading of long names is broken between them', async () => {
  const hosts = ['a', 'b', 'c'].map((name) => `${name}-${'x'.repeat(30)}.example.com`);
  const { screen, reporter } = onScreen(hosts);
  for (const host of hosts) reporter.report({ event: 'note', host, message: 'Docker was stopped' });
  await reporter.close();
  assert.deepEqual(screen.lines, ['', `${hosts[0]},`, `  ${hosts[1]},`, `  ${hosts[2]}`, 'note    Docker was stopped']);
});

test('names of any length leave the table 80 columns wide', async () => {
  const long = (name: string) => `${name}-${'x'.repeat(60)}.example.com`;
  const hosts = [long('one'), long('two')];
  const { screen, reporter } = onScreen(hosts);
  reporter.report(
    summarize(
      'install',
      hosts.map((host) => row(host, { api: `https://${host}:8443` })),
      9,
    ),
  );
  await reporter.close();
  assert.match(screen.text, /^ ✔ one-xx.*com +installed/m);
});

test('plain lines say which host they are about, and cannot write to the terminal', () => {
  let text = '';
  const write = (more: string) => void (text += more);
  const options = { out: write, err: write, paint: noColours, verbose: false, glyphs: glyphsFor({}), width: Infinity };
  const reporter = prefixReporter({ ...options, hosts: ['a', 'long-name'] });
  reporter.report(started('a'));
  reporter.report({ event: 'change', host: 'a', phase: 'p', description: 'start Docker' });
  reporter.report(failed('long-name', 'two\nlines \u001b]0;x\u0007'));
  assert.equal(
    text,
    `a         |         start Docker
long-name | error: two
long-name | lines ?]0;x?
long-name |   is it on?
long-name |   (SSH_TIMEOUT, exit status 4)
`,
  );
});

test('without a terminal the summary is as wide as what it tells', () => {
  let text = '';
  const write = (more: string) => void (text += more);
  const options = { out: write, err: write, paint: noColours, verbose: false, glyphs: glyphsFor({}), width: Infinity };
  const hosts = ['one', 'two'].map((name) => `${name}-${'x'.repeat(100)}.example.com`);
  const reporter = prefixReporter({ ...options, hosts });
  reporter.report(
    summarize(
      'install',
      hosts.map((host) => row(host, { api: `https://${host}:8443` })),
      9,
    ),
  );
  for (const host of hosts) assert.ok(text.includes(`https://${host}:8443`), text);
});
