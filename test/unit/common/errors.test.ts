import assert from 'node:assert/strict';
import { test } from 'node:test';
import { defineErrors, errorText, exitCodeOf, OoError } from '../../../lib/common/errors.ts';

const errors = defineErrors({
  PORT_BUSY: {
    failure: 'preflight',
    message: (port: number, holder: string) => `port ${port} is in use by ${holder}`,
    hint: (port: number) => `stop what listens on ${port}`,
  },
  GAVE_UP: { failure: 'internal', message: () => 'gave up' },
});

test('the key is the code, and the hint gets the same values', () => {
  const error = errors.PORT_BUSY(8443, 'nginx');
  assert.ok(error instanceof OoError);
  assert.deepEqual(
    { code: error.code, failure: error.failure, message: error.message, hint: error.hint },
    { code: 'PORT_BUSY', failure: 'preflight', message: 'port 8443 is in use by nginx', hint: 'stop what listens on 8443' },
  );
});

test('a wrong command line has a status of its own', () => {
  assert.deepEqual(
    [new OoError('X', 'usage', 'x'), new OoError('X', 'platform', 'x'), new Error('x')].map(exitCodeOf),
    [2, 1, 1],
  );
});

test('a cause is kept and told', () => {
  const error = errors.GAVE_UP({ cause: new Error('disk full') });
  assert.equal(errorText(error), 'gave up: disk full');
  assert.equal(error.hint, undefined);
  assert.equal(errorText(new Error('the key is wrong: bad key', { cause: new Error('bad key') })), 'the key is wrong: bad key');
});
