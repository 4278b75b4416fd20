import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { firstVersion } from '../../../../lib/platform/apps/first-version.ts';
import { eventually } from '../../../support/eventually.ts';
import { FakeClock } from '../../../support/fake-clock.ts';
import { type MemoryPlatform, startMemoryPlatform } from '../../../support/memory-platform.ts';
import { deployed } from '../git/pushed-version.ts';

let platform: MemoryPlatform;
before(async () => {
  platform = await startMemoryPlatform();
  const account = { group: '', version: 'v1', resource: 'serviceaccounts', namespace: 'default', name: 'default' };
  await eventually(() => platform.local.get(account));
});
after(() => platform[Symbol.asyncDispose]());

const { signal } = new AbortController();
const started = (name: string, clock?: FakeClock) =>
  firstVersion({ client: platform.local, namespace: 'default' }, name, signal, clock);
const silent = (): FakeClock => new FakeClock(Date.now());

test('an application whose pod answers is there', async () => {
  const app = await deployed(platform, 'shop');
  await app.ready('a');
  await started('shop');
});

test('one that is scaled to nothing is, too', async () => {
  await deployed(platform, 'asleep', { replicas: 0 });
  await started('asleep');
});

test('one that crashes is not, and why is told at once, with the way to its log', async () => {
  const app = await deployed(platform, 'broken');
  const pod = await app.report('a', {
    restartCount: 1,
    state: { waiting: { reason: 'CrashLoopBackOff', message: 'back-off 10s' } },
    lastState: { terminated: { exitCode: 3, reason: 'Error' } },
  });
  await assert.rejects(started('broken', silent()), {
    code: 'APP_DOES_NOT_START',
    message: `the application broken is built, and does not start: pod ${pod}: CrashLoopBackOff, container broken was started 2 times, and ended with code 3`,
    hint: /^"openshift app logs broken --latest" shows more/,
  });
});

test('one that says nothing is waited for, and not for ever', async () => {
  await deployed(platform, 'slow');
  const clock = silent();
  const waiting = started('slow', clock);
  const refused = assert.rejects(waiting, { code: 'APP_DOES_NOT_START', message: /does not start: no pod of it answers$/ });
  for (let second = 0; second <= 60; second++) {
    await eventually(() => assert.equal(clock.sleeping, 1));
    await clock.advance(1_000);
  }
  await refused;
});

test('one that is taken away meanwhile is not waited for', async () => {
  await assert.rejects(started('nobody', silent()), { code: 'APP_NOT_FOUND' });
});
