import assert from 'node:assert/strict';
import { test } from 'node:test';
import { failureOf } from '../../../../lib/installer/cli/failure.ts';

test('who interrupts what only looks is not told of steps that go on, nor of an uninstallation', () => {
  const told = (onlyLooks: boolean) => failureOf(new Error('closed'), 'web1', { aborted: true, verbose: false, onlyLooks });
  assert.deepEqual(
    [told(true), told(false)].map(({ code, exitCode, message }) => [code, exitCode, message]),
    [
      ['INTERRUPTED', 130, 'interrupted'],
      ['INTERRUPTED', 130, 'interrupted'],
    ],
  );
  assert.equal(told(true).hint, 'nothing was changed on the server');
  assert.match(told(false).hint ?? '', /was finished or will be: run the same command again to go on, or oo-install uninstall/);
});
