import assert from 'node:assert/strict';
import { it } from 'node:test';
import { call, callIfThere, runtimeError } from '../../../../lib/platform/runtime/docker-call.ts';
import { engineLimits } from '../../../../lib/platform/runtime/engine-limits.ts';
import { isRuntimeUnavailable } from '../../../../lib/platform/runtime/runtime-error.ts';

const answer = (statusCode: number, message: string) =>
  Object.assign(new Error(`(HTTP code ${statusCode}) whatever - ${message} `), { statusCode, json: { message } });
const connection = (code: string) => Object.assign(new Error(`connect ${code} /x.sock`), { code });

it('tells an engine that is away from one that refuses', () => {
  for (const code of ['ECONNREFUSED', 'ENOENT', 'ECONNRESET', 'EPIPE'])
    assert.equal(runtimeError(connection(code)).failure, 'unavailable');
  assert.equal(runtimeError(new Error('socket hang up')).failure, 'unavailable');
  assert.equal(runtimeError(answer(500, 'grpc: the client connection is closing')).failure, 'unavailable');
  assert.deepEqual(
    [400, 404, 409, 500].map((code) => runtimeError(answer(code, 'no')).failure),
    ['invalid', 'not-found', 'conflict', 'failed'],
  );
});

it('words errors as the Docker client does', () => {
  assert.equal(runtimeError(answer(404, 'No such image: x:1')).message, 'Error response from daemon: No such image: x:1');
  const streamed = Object.assign(new Error('(HTTP code 409) conflict - Container a - b is paused '), {
    statusCode: 409,
    json: null,
  });
  assert.equal(runtimeError(streamed).message, 'Error response from daemon: Container a - b is paused');
});

it('sees through what was wrapped around', () => {
  assert.equal(isRuntimeUnavailable(new Error('outer', { cause: runtimeError(connection('EPIPE')) })), true);
  assert.equal(isRuntimeUnavailable(new Error('outer', { cause: new Error('inner') })), false);
});

it('bounds a call that is never answered', async () => {
  await assert.rejects(
    call(() => new Promise(() => undefined), 5),
    { failure: 'unavailable', message: /did not answer within/ },
  );
});

it('takes something that is not there for done', async () => {
  await callIfThere(() => Promise.reject(answer(404, 'gone')));
  await assert.rejects(
    callIfThere(() => Promise.reject(answer(409, 'busy'))),
    { failure: 'conflict' },
  );
});

it('knows whether a negative oom score may be set', () => {
  assert.equal(engineLimits('CapEff:\t000001ffffffffff\n').lowestOomScore, -1000);
  assert.equal(engineLimits('CapEff:\t000001fffeffffff\n').lowestOomScore, 0);
});
