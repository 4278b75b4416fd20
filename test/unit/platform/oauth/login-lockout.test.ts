import assert from 'node:assert/strict';
import { request } from 'node:https';
import { after, before, test } from 'node:test';
import { FakeClock } from '../../../support/fake-clock.ts';
import type { ApiUnderTest } from '../apiserver/api-under-test.ts';
import { basic, startWithOAuth } from './oauth-under-test.ts';

let t: ApiUnderTest;
/** It stands still: nobody has waited long enough. */
const clock = new FakeClock(Date.now());
before(async () => {
  t = await startWithOAuth({ clock });
});
after(() => t[Symbol.asyncDispose]());

const PATH = '/oauth/authorize?response_type=token&client_id=openshift-challenging-client';
const HOME = '127.0.0.1';
const ELSEWHERE = '127.0.0.2';

/** What is answered to a login from an address. */
const login = (name: string, password: string, localAddress: string): Promise<number> =>
  new Promise((resolve, reject) => {
    const options = {
      host: '127.0.0.1',
      port: t.port,
      path: PATH,
      localAddress,
      ca: t.certificates.caPem,
      agent: false as const,
    };
    request({ ...options, headers: { authorization: basic(name, password) } }, (response) => {
      response.resume();
      resolve(response.statusCode!);
    })
      .once('error', reject)
      .end();
  });

/** Guesses until they have to wait. */
async function guess(name: string, from: string): Promise<void> {
  const codes: number[] = [];
  for (let i = 0; i < 6; i++) codes.push(await login(name, `guess${i}`, from));
  assert.deepEqual(codes, [401, 401, 401, 401, 401, 429]);
}

test('who guesses at a name from elsewhere locks its owner out of no place where he has logged in', async () => {
  assert.equal(await login('alice', 'wonderland', HOME), 302);
  await guess('alice', ELSEWHERE);
  assert.equal(await login('alice', 'wonderland', ELSEWHERE), 429, 'a right guess is looked at no sooner');
  assert.equal(await login('alice', 'wonderland', HOME), 302);
  assert.equal(await login('alice', 'wonderland', ELSEWHERE), 429, 'a login at home buys no guesses elsewhere');
});

test('guessing is as slow where somebody has logged in', async () => {
  assert.equal(await login('bob', 'builder', HOME), 302);
  await guess('bob', HOME);
  assert.equal(await login('bob', 'builder', HOME), 429);
  assert.equal(await login('bob', 'builder', ELSEWHERE), 302, 'wherever else its owner is');
  await clock.advance(1000);
  assert.equal(await login('bob', 'builder', HOME), 302, 'when he has waited');
});
