import assert from 'node:assert/strict';
import { test } from 'node:test';
import { noColours } from '../../../../../lib/installer/cli/progress/event-text.ts';
import { glyphsFor } from '../../../../../lib/installer/cli/progress/glyphs.ts';
import { terminalReporter } from '../../../../../lib/installer/cli/progress/terminal-reporter.ts';
import type { EventBody } from '../../../../../lib/installer/progress-event.ts';
import { eventually } from '../../../../support/eventually.ts';
import { FakeScreen } from '../../../../support/fake-screen.ts';

const phases = [
  { name: 'install-docker', title: 'Install Docker' },
  { name: 'start-docker', title: 'Start Docker' },
  { name: 'write-config', title: 'Configure OpenShift' },
];

function onScreen(env: Record<string, string> = {}, screen = new FakeScreen()) {
  const clock = { now: 0 };
  const write = (text: string) => screen.write(text);
  const glyphs = glyphsFor(env);
  const options = { out: write, err: write, paint: noColours, verbose: false, glyphs, terminal: screen.terminal };
  /** Waits until the screen ends with these lines; spinners turn as they like. */
  const shows = (...lines: string[]) =>
    eventually(() => {
      const seen = screen.lines.map((line) => line.replace(/^ [⠋⠙⠹⠸⠼⠴⠦⠧⠇⠏] /, ' ⠋ '));
      assert.deepEqual(seen.slice(-lines.length), lines);
    });
  return { screen, clock, shows, reporter: terminalReporter({ ...options, now: () => clock.now }) };
}

const host = 'localhost';
const started = (command: string, dryRun = false): EventBody => ({ event: 'started', host, command, dryRun });
const phase = (at: number, state: 'running' | 'done' | 'unchanged' | 'failed'): EventBody => {
  return { event: 'phase', host, phase: phases[at]!.name, title: phases[at]!.title, state, seconds: 3.21 };
};

test('the phases of one host: what is over, what runs since when and what it says, and what is to come', async () => {
  const { screen, clock, shows, reporter } = onScreen();
  reporter.report(started('install'));
  await shows(' ⠋ looking at localhost');
  reporter.plan(host, phases);
  reporter.report(phase(0, 'done'));
  reporter.report(phase(1, 'running'));
  reporter.report({ event: 'note', host, message: 'Docker was stopped' });
  clock.now = 12_300;
  reporter.report({ event: 'progress', host, phase: 'start-docker', message: 'waiting for\nDocker' });
  await shows(' ✔ Install Docker        3.2 s', ' ⠋ Start Docker           12 s  waiting for', ' · Configure OpenShift');
  assert.equal(screen.lines.length, 3);
  assert.equal(screen.cursorIsShown, false);
  reporter.report(phase(1, 'failed'));
  await reporter.close();
  assert.deepEqual(screen.lines, [
    ' ✔ Install Docker        3.2 s',
    ' ✖ Start Docker          3.2 s',
    ' · Configure OpenShift',
    'note    Docker was stopped',
  ]);
  assert.ok(screen.cursorIsShown);
});

test('a run that ends between two phases leaves the others as they were', async () => {
  const { screen, reporter } = onScreen();
  reporter.report(started('install'));
  reporter.plan(host, phases);
  reporter.report(phase(0, 'unchanged'));
  await reporter.close();
  assert.deepEqual(screen.lines, [' ✔ Install Docker       there already', ' · Start Docker', ' · Configure OpenShift']);
});

test('commands without phases print lines above what they do now, and leave nothing else', async () => {
  const { screen, shows, reporter } = onScreen();
  reporter.report(started('uninstall'));
  await shows(' ⠋ looking at localhost');
  reporter.report({ event: 'change', host, phase: 'uninstall', description: 'take back: start Docker' });
  reporter.report({ event: 'undo', host, description: 'start Docker', outcome: 'undone', message: 'Docker is stopped' });
  reporter.aside!('interrupted\n');
  await shows('undone  Docker is stopped', 'interrupted', ' ⠋ take back: start Docker');
  await reporter.close();
  assert.deepEqual(screen.lines, ['undone  Docker is stopped', 'interrupted']);
});

test('a dry run is there to be read afterwards', async () => {
  const { screen, reporter } = onScreen();
  reporter.report(started('install', true));
  reporter.plan(host, phases);
  reporter.report({ event: 'change', host, phase: 'start-docker', description: 'start Docker' });
  await reporter.close();
  assert.deepEqual(screen.lines, ['would   start Docker']);
});

test('a question is asked where nothing is drawn, and stays there', async () => {
  const { screen, shows, reporter } = onScreen();
  reporter.report(started('install'));
  reporter.plan(host, phases);
  reporter.report(phase(0, 'running'));
  await shows(' ⠋ Install Docker', ' · Start Docker', ' · Configure OpenShift');
  reporter.pause!();
  assert.deepEqual([screen.text, screen.cursorIsShown], ['', true]);
  screen.write('Password of admin: ');
  reporter.report(phase(0, 'done'));
  screen.write('\n');
  assert.equal(screen.text, 'Password of admin:');
  reporter.resume!();
  await shows('Password of admin:', ' ✔ Install Docker        3.2 s', ' ⠋ Start Docker', ' · Configure OpenShift');
  assert.equal(screen.cursorIsShown, false);
  await reporter.close();
});

test('a question that comes before the first line was drawn finds nothing there either', async () => {
  const { screen, shows, reporter } = onScreen();
  reporter.report(started('install'));
  reporter.pause!();
  screen.write('Password of admin: \n');
  reporter.plan(host, phases);
  reporter.resume!();
  await shows('Password of admin:', ' ⠋ Install Docker', ' · Start Docker', ' · Configure OpenShift');
  await reporter.close();
});

test('a narrow terminal cuts lines off, and does not wrap them', async () => {
  const { screen, shows, reporter } = onScreen({}, new FakeScreen(40, 10));
  reporter.report(started('install'));
  reporter.plan(host, phases);
  reporter.report(phase(0, 'running'));
  reporter.report({ event: 'change', host, phase: 'install-docker', description: 'unpack 日本語 '.padEnd(80, 'x') });
  await shows(' ⠋ Install Docker               unpac…', ' · Start Docker', ' · Configure OpenShift');
  screen.columns = 60;
  await eventually(() => assert.match(screen.lines[0]!, /unpack 日本語 x+…$/));
  await reporter.close();
});

test('a locale without UTF-8 gets plain characters', async () => {
  const { screen, reporter } = onScreen({ LANG: 'C' });
  reporter.report(started('install'));
  reporter.plan(host, phases);
  reporter.report(phase(0, 'running'));
  reporter.report({ event: 'change', host, phase: 'install-docker', description: 'x'.repeat(200) });
  await eventually(() => assert.match(screen.text, /^ [-|/\\] Install Docker +x+~$/m));
  assert.match(screen.text, /^[\x20-\x7e\n]*$/);
  reporter.report(phase(0, 'failed'));
  await reporter.close();
  assert.match(screen.text, /^ x Install Docker +3\.2 s\n \. Start Docker/);
});

test('a dry run says of no phase that it is done', async () => {
  const { screen, reporter } = onScreen();
  reporter.report(started('install', true));
  reporter.plan(host, phases);
  reporter.report({ event: 'change', host, phase: 'start-docker', description: 'start Docker' });
  reporter.report(phase(1, 'done'));
  await reporter.close();
  assert.deepEqual(screen.lines, ['would   start Docker']);
});
