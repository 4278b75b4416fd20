import assert from 'node:assert/strict';
import { test } from 'node:test';
import { cleanedReporter } from '../../../../../lib/installer/cli/progress/cleaned-reporter.ts';
import { noColours } from '../../../../../lib/installer/cli/progress/event-text.ts';
import { jsonReporter } from '../../../../../lib/installer/cli/progress/json-reporter.ts';
import { plainReporter } from '../../../../../lib/installer/cli/progress/plain-reporter.ts';
import type { EventBody } from '../../../../../lib/installer/progress-event.ts';

const evil = '\u001b]0;OWNED\u0007\u009b31m\u202eEVIL\ufeff';
const obeyed = /[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff]/;
const events: readonly EventBody[] = [
  {
    event: 'status',
    host: evil,
    installed: true,
    platform: 'ready',
    reason: evil,
    api: evil,
    kubeconfig: evil,
    docker: evil,
    supervisor: 'systemd',
    version: evil,
    isCurrent: false,
    upgrade: evil,
    certificates: [],
    changes: [evil],
  },
  { event: 'failed', host: evil, code: evil, failure: 'platform', exitCode: 1, message: `one\n${evil}`, hint: evil },
  { event: 'log', host: evil, line: evil },
];

test('nothing that a server says reaches a terminal as anything but text', () => {
  let shown = '';
  const write = (text: string) => void (shown += text);
  const reporter = cleanedReporter(plainReporter({ out: write, err: write, paint: noColours, verbose: true }));
  for (const event of events) reporter.report(event);
  assert.doesNotMatch(shown, obeyed);
  assert.match(shown, /API: +\?\]0;OWNED\?\?31m\?EVIL\?/);
  assert.match(shown, /error: one\n/);
});

test('lines of JSON hold such characters escaped, and say the same', () => {
  let written = '';
  const reporter = jsonReporter((text) => void (written += text));
  for (const event of events) reporter.report(event);
  assert.doesNotMatch(written, obeyed);
  assert.equal((JSON.parse(written.split('\n')[0]!) as { api: string }).api, evil);
});
