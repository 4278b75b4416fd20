import assert from 'node:assert/strict';
import { test } from 'node:test';
import { noColours, statusText } from '../../../../../lib/installer/cli/progress/event-text.ts';
import type { EventBody } from '../../../../../lib/installer/progress-event.ts';

const status: Extract<EventBody, { event: 'status' }> = {
  event: 'status',
  host: 'web1',
  installed: true,
  platform: 'ready',
  reason: '',
  api: 'https://192.0.2.7:8443',
  kubeconfig: '/etc/openshift/admin.kubeconfig',
  docker: '27.1.1 is running',
  supervisor: 'systemd',
  version: '0.1.0 (3f6c01b2a9d4)',
  isCurrent: true,
  upgrade: '',
  certificates: [],
  changes: [],
};
type Part = NonNullable<typeof status.parts>[number];
const part = (name: string, state: Part['state'], reason = ''): Part => ({ name, state, reason });

test('status tells what runs, what keeps it from running, and in one line what a server was given no images for', () => {
  const parts = [
    part('registry', 'running'),
    part('router', 'blocked', 'port 80 is taken'),
    part('php', 'ready'),
    part('static', 'ready'),
  ];
  const all = statusText({ ...status, parts }, noColours);
  assert.match(all, /^ {2}registry: +running\n {2}router: +blocked \(port 80 is taken\)\n {2}images: +php, static$/m);
  assert.doesNotMatch(all, /absent/);
  const none = statusText({ ...status, parts: [part('registry', 'absent'), part('router', 'absent')] }, noColours);
  assert.match(none, /^ {2}absent: +registry and router \(oo-install web1 brings what is missing\)$/m);
  assert.doesNotMatch(none, /images:/);
  // An agent of an older version tells of no parts.
  assert.doesNotMatch(statusText(status, noColours), /registry|images:|absent/);
});
