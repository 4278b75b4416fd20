import assert from 'node:assert/strict';
import { test } from 'node:test';
import { colours, noColours } from '../../../../../lib/installer/cli/progress/event-text.ts';
import { findingText } from '../../../../../lib/installer/cli/progress/finding-text.ts';

const ports = {
  event: 'finding',
  host: 'web1',
  check: 'ports',
  level: 'failure',
  message: 'python3 listens on port 8443 of all addresses, which OpenShift needs',
  hint: 'stop it, or give another port with "listen" in /etc/openshift/config.yaml',
} as const;
const proxy = { event: 'finding', host: 'web1', check: 'proxy', level: 'ok', message: 'none' } as const;

test('what was found stands in a column of its own, however wide the terminal is, and the way out below', () => {
  const text = findingText(proxy, noColours, 79) + findingText(ports, noColours, 79);
  assert.equal(
    text,
    `ok      proxy              none
failed  ports              python3 listens on port 8443 of all addresses,
                             which OpenShift needs
                             stop it, or give another port with "listen" in
                               /etc/openshift/config.yaml
`,
  );
  const wide = findingText(ports, noColours, Infinity).split('\n');
  assert.deepEqual(wide, [`failed  ports              ${ports.message}`, `${' '.repeat(29)}${ports.hint}`, '']);
  assert.ok(
    findingText(ports, noColours, 20)
      .split('\n')
      .every((line) => line.length <= 57),
  );
});

test('its level is coloured, and what a server says is text', () => {
  const text = findingText({ ...proxy, level: 'warning', message: 'a\u001b[2J' }, colours, 79);
  assert.equal(text, '\u001b[33mwarning\u001b[0m proxy              a?[2J\n');
});
