import assert from 'node:assert/strict';
import { test } from 'node:test';
import { noColours } from '../../../../../lib/installer/cli/progress/event-text.ts';
import { terminalReporter } from '../../../../../lib/installer/cli/progress/terminal-reporter.ts';
import { glyphsFor } from '../../../../../lib/installer/cli/progress/terminal-screen.ts';
import type { EventBody } from '../../../../../lib/installer/progress-event.ts';
import { FakeScreen } from '../../../../support/fake-screen.ts';

const phases = [
  { name: 'install-docker', title: 'Install Docker' },
  { name: 'start-docker', title: 'Start Docker' },
  { name: 'write-config', title: 'Configure OpenShift' },
];

function onScreen(env: Record<string, string> = {}) {
  const screen = new FakeScreen();
  const clock = { now: 0 };
  const write = (text: string) => screen.write(text);
  const options = { out: write, err: write, paint: noColours, verbose: false, glyphs: glyphsFor(env), screen };
  return { screen, clock, reporter: terminalReporter({ ...options, now: () => clock.now }) };
}

const host = 'localhost';
const started = (command: string, dryRun = false): EventBody => ({ event: 'started', host, command, dryRun });
const phase = (at: number, state: 'running' | 'done' | 'unchanged' | 'failed'): EventBody => {
  return { event: 'phase', host, phase: phases[at]!.name, title: phases[at]!.title, state, seconds: 3.21 };
};

test('the phases of one host: what is over, what runs since when and what it says, and what is to come', async () => {
  const { screen, clock, reporter } = onScreen();
  reporter.report(started('install'));
  assert.deepEqual(screen.lines, [' ⠋ looking at localhost']);
  reporter.plan(host, phases);
  reporter.report(phase(0, 'done'));
  reporter.report(phase(1, 'running'));
  reporter.report({ event: 'note', host, message: 'Docker was stopped' });
  clock.now = 12_300;
  reporter.report({ event: 'progress', host, phase: 'start-docker', message: 'waiting for\nDocker' });
  assert.deepEqual(screen.lines, [
    ' ✔ Install Docker        3.2 s',
    ' ⠸ Start Docker           12 s  waiting for',
    ' · Configure OpenShift',
  ]);
  reporter.report(phase(1, 'failed'));
  await reporter.close();
  assert.deepEqual(screen.lines.slice(1), [
    ' ✖ Start Docker          3.2 s',
    ' · Configure OpenShift',
    'note    Docker was stopped',
  ]);
  assert.ok(screen.cursorIsShown);
});

test('commands without phases print lines above what they do now, and leave nothing else', async () => {
  const { screen, reporter } = onScreen();
  reporter.report(started('uninstall'));
  reporter.report({ event: 'change', host, phase: 'uninstall', description: 'take back: start Docker' });
  reporter.report({ event: 'undo', host, description: 'start Docker', outcome: 'undone', message: 'Docker is stopped' });
  assert.deepEqual(screen.lines, ['undone  Docker is stopped', ' ⠋ take back: start Docker']);
  await reporter.close();
  assert.deepEqual(screen.lines, ['undone  Docker is stopped']);
});

test('a dry run is there to be read afterwards', async () => {
  const { screen, reporter } = onScreen();
  reporter.report(started('install', true));
  reporter.plan(host, phases);
  reporter.report({ event: 'change', host, phase: 'start-docker', description: 'start Docker' });
  await reporter.close();
  assert.deepEqual(screen.lines, ['would   start Docker']);
});

test('a question is asked where nothing is drawn', () => {
  const { screen, reporter } = onScreen();
  reporter.report(started('install'));
  reporter.plan(host, phases);
  reporter.pause!();
  screen.write('Password of admin: \n');
  reporter.report(phase(0, 'running'));
  reporter.resume!();
  assert.deepEqual(screen.lines.slice(0, 2), ['Password of admin:', ' ⠋ Install Docker']);
});

test('a locale without UTF-8 gets plain characters', () => {
  const { screen, reporter } = onScreen({ LANG: 'C' });
  reporter.report(started('install'));
  reporter.plan(host, phases);
  reporter.report(phase(0, 'done'));
  assert.match(screen.text, /^[\x20-\x7e\n]*$/);
});
