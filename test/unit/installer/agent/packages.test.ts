import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parsePackages } from '../../../../lib/installer/agent/handlers/package-handlers.ts';

test('packages that wait for a trigger or are half installed were there before; removed ones were not', () => {
  const { complete, present, vital } = parsePackages(
    [
      'installed bash 5.2 yes required',
      'triggers-pending libc-bin 2.36 no required',
      'triggers-awaited systemd 252 no optional',
      'unpacked docker.io 20.10 no optional',
      'half-configured runc 1.1 no optional',
      'config-files old 1.0 no optional',
      'not-installed never  no optional',
      '',
    ].join('\n'),
  );
  assert.deepEqual([...complete.keys()], ['bash']);
  assert.deepEqual([...present], ['bash', 'libc-bin', 'systemd', 'docker.io', 'runc']);
  assert.deepEqual([...vital], ['bash', 'libc-bin']);
});
