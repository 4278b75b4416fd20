import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ask, askIfThere, dockerSocket } from '../../../../../lib/installer/lab/local/docker-client.ts';

test('a local lab stands on a Docker of this machine, and on no other', () => {
  assert.equal(dockerSocket({}), '/var/run/docker.sock');
  assert.equal(dockerSocket({ DOCKER_HOST: 'unix:///run/user/1000/docker.sock' }), '/run/user/1000/docker.sock');
  for (const DOCKER_HOST of ['tcp://build:2375', 'ssh://me@build', 'unix://docker.sock'])
    assert.throws(() => dockerSocket({ DOCKER_HOST }), { code: 'LAB_DOCKER_ELSEWHERE' });
  assert.throws(() => dockerSocket({ DOCKER_HOST: 'ssh://me:secret@build' }), /^OoError: DOCKER_HOST is ssh:\/\/build:/);
});

test('what Docker refuses is told with what was wanted; what is gone already is as good as removed', async () => {
  const refuse = (statusCode: number, message: string) => () =>
    Promise.reject(Object.assign(new Error('(HTTP code x)'), { statusCode, json: { message } }));
  await assert.rejects(
    ask('make a volume', refuse(500, 'write /x: no space left on device')),
    (error: Error & { hint?: string }) => {
      assert.equal(error.message, 'docker could not make a volume: write /x: no space left on device');
      assert.match(error.hint!, /^make room .*goes on where it was$/);
      return true;
    },
  );
  await askIfThere('remove it', refuse(404, 'No such container: x'));
  await assert.rejects(askIfThere('remove it', refuse(409, 'volume is in use')), { code: 'LAB_DOCKER_REFUSED' });
});
