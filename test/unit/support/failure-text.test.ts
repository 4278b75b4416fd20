import assert from 'node:assert/strict';
import { test } from 'node:test';
import { failureMessage, failureText } from '../../support/failure-text.ts';

test('a test that failed before its clearing away did tells of both, its own failure first', async () => {
  const fails = async (): Promise<never> => {
    await using _engine = {
      async [Symbol.asyncDispose]() {
        throw new Error('no engine to remove containers from');
      },
    };
    throw new Error('the engine did not start', { cause: new Error('exit code 1') });
  };
  const error: unknown = await fails().catch((caught: unknown) => caught);
  const text = failureText(error);
  assert.match(text, /^Error: the engine did not start[^]*exit code 1[^]*and then, clearing away: Error: no engine to remove/);
  assert.equal(failureMessage(error), 'the engine did not start');
});

test('any other failure is told as it is', () => {
  assert.match(failureText(new TypeError('not a list')), /^TypeError: not a list/);
  assert.equal(failureMessage(new TypeError('not a list')), 'not a list');
  assert.equal(failureText('thrown'), "'thrown'");
});
