import assert from 'node:assert/strict';
import { test } from 'node:test';
import { cleanedReporter } from '../../../../../lib/installer/cli/progress/cleaned-reporter.ts';
import { colours, noColours } from '../../../../../lib/installer/cli/progress/event-text.ts';
import { logLine } from '../../../../../lib/installer/cli/progress/log-line.ts';
import { plainReporter } from '../../../../../lib/installer/cli/progress/plain-reporter.ts';
import { createLog } from '../../../../../lib/common/log.ts';

/** What the platform writes when it logs this. */
function written(log: (log: ReturnType<typeof createLog>) => void): string {
  let line = '';
  log(createLog({ name: 'openshift', level: 'debug', write: (text) => (line = text.trimEnd()) }));
  return line;
}

const listening = written((log) => log.child({ thread: 'node', component: 'dns' }).info({ address: '192.0.2.7', port: 8053 }, 'dns is listening')); // prettier-ignore
const inWords = /^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d dns: dns is listening address=192\.0\.2\.7 port=8053$/;

test('a line of the platform is told in words: when, who, what, and what it is about', () => {
  assert.match(logLine(listening, noColours), inWords);
  const failed = written((log) =>
    log
      .child({ controller: 'builds', reconcileID: 'x' })
      .warn({ object: 'shop-1', error: 'no such host', owners: ['a'] }, 'not built'),
  );
  assert.match(
    logLine(failed, noColours),
    /^[-\d]+ [:\d]+ warning builds: not built object=shop-1 error="no such host" owners=\["a"\]$/,
  );
  assert.match(logLine(failed, colours), /\u001b\[33mwarning\u001b\[0m builds: not built \u001b\[2mobject=shop-1/);
  const thrown = written((log) => log.error({ err: new TypeError('it is undefined') }, 'died'));
  assert.match(logLine(thrown, noColours), /^[-\d]+ [:\d]+ error died err=TypeError: it is undefined\n {4}at /);
});

test('lines of others stay as they are, whole or cut off, and none makes the terminal obey', () => {
  for (const line of ['Started openshift.service', '{"level":30,"time":"2026', '{"level":"info","msg":"x"}', '{"level":30}', ''])
    assert.equal(logLine(line, noColours), line);
  const evil = JSON.stringify({
    level: 30,
    time: '\u001b[2J',
    component: '\u001b[1m',
    msg: 'a\u001b]0;x\u0007\nb',
    key: '\u202e',
  });
  assert.equal(logLine(evil, noColours), '?[2J ?[1m: a?]0;x??b key=?');
});

test('who reads along has words, a program the log itself', () => {
  const shown = (readable: boolean): string => {
    let text = '';
    const out = (more: string): void => void (text += more);
    plainReporter({ out, err: out, paint: noColours, verbose: false, readable }).report({
      event: 'log',
      host: 'web1',
      line: listening,
    });
    return text.trimEnd();
  };
  assert.match(shown(true), inWords);
  assert.equal(shown(false), listening);
});

test('what the platform wrote is in words where it is told along: while it is removed, and at the end of an error', () => {
  let shown = '';
  const write = (text: string): void => void (shown += text);
  const reporter = cleanedReporter(plainReporter({ out: write, err: write, paint: noColours, verbose: true }));
  const line = written((log) => log.error({ port: 8443 }, 'the port is taken'));
  reporter.report({ event: 'progress', host: 'web1', phase: 'uninstall', message: listening });
  assert.equal(shown.trim(), 'dns: dns is listening address=192.0.2.7 port=8053');
  const message = `OpenShift does not start:\n  ${line}\n  stopped`;
  reporter.report({ event: 'failed', host: 'web1', code: 'X', failure: 'platform', exitCode: 6, message });
  assert.match(shown, /^error: OpenShift does not start:\n {2}error the port is taken port=8443\n {2}stopped$/m);
});
