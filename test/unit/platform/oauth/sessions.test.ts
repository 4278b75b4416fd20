import assert from 'node:assert/strict';
import type { IncomingMessage } from 'node:http';
import { test } from 'node:test';
import { Sessions } from '../../../../lib/platform/oauth/sessions.ts';
import { FakeClock } from '../../../support/fake-clock.ts';

const alice = { name: 'alice', uid: '1' };
const from = (remoteAddress: string, cookie = ''): IncomingMessage =>
  ({ headers: { cookie }, socket: { remoteAddress } }) as unknown as IncomingMessage;

test("a session is its owner's for five minutes, from where the login was, and from nowhere else", async () => {
  const clock = new FakeClock();
  const sessions = new Sessions(clock);
  const cookie = sessions.open(alice, from('192.0.2.1')).split(';', 1)[0]!;
  assert.deepEqual(sessions.userOf(from('192.0.2.1', cookie)), alice);
  assert.equal(sessions.userOf(from('192.0.2.2', cookie)), undefined, 'of one who has got hold of it');
  await clock.advance(299_000);
  assert.deepEqual(sessions.userOf(from('192.0.2.1', cookie)), alice);
  await clock.advance(1_000);
  assert.equal(sessions.userOf(from('192.0.2.1', cookie)), undefined, 'later');
});
