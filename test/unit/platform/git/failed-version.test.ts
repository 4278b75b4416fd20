import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { eventually } from '../../../support/eventually.ts';
import { type MemoryPlatform, startMemoryPlatform } from '../../../support/memory-platform.ts';
import { deployed, type PushedApp } from './pushed-version.ts';

let platform: MemoryPlatform;
before(async () => {
  platform = await startMemoryPlatform();
  const account = { group: '', version: 'v1', resource: 'serviceaccounts', namespace: 'default', name: 'default' };
  await eventually(() => platform.local.get(account));
});
after(() => platform[Symbol.asyncDispose]());

const CRASHING = {
  restartCount: 1,
  state: { waiting: { reason: 'CrashLoopBackOff', message: 'back-off 10s' } },
  lastState: { terminated: { exitCode: 1, reason: 'Error' } },
};

/** Nothing of the telling goes on. */
const isOver = ({ watches, clock }: PushedApp): void => assert.deepEqual([watches, clock.sleeping], [0, 0]);

test('a version that crashes is told with the end of its log, and that the version before goes on serving', async () => {
  const app = await deployed(platform, 'shop');
  await app.ready('a');
  const { told } = await app.push('b');
  const pod = await app.report('b', CRASHING);
  await told;
  assert.equal(
    app.text,
    `deployment shop: this version does not get ready
    pod ${pod}: CrashLoopBackOff, container shop was started 2 times, and ended with code 1
    The last lines of its log:
        Error: Cannot find module "express"
            at server.js:1
The push is accepted, and what was pushed is built. The version before goes on serving.
The platform goes on trying this one. The next version is a push with what mends it, or \`git revert\` and a push. To see more:
    openshift app logs shop --latest

`,
  );
  assert.deepEqual(app.logs, ['shop, crashed']);
  isOver(app);
});

test('a first version whose image is not to be had is told at once, and that nothing serves', async () => {
  const app = await deployed(platform, 'first');
  const { told } = await app.push('b');
  await app.report('b', { state: { waiting: { reason: 'ImagePullBackOff', message: 'Back-off pulling image "shop"' } } });
  await told;
  assert.match(app.text, /ImagePullBackOff, Back-off pulling image "shop"\nThe push is accepted/);
  assert.match(app.text, /No other version is there that could serve\./);
  assert.deepEqual(app.logs, []);
  isOver(app);
});

test('a version that replaces all pods at once leaves none that could serve', async () => {
  const app = await deployed(platform, 'sole', { strategy: { type: 'Recreate' } });
  await app.ready('a');
  const { told } = await app.push('b');
  await app.report('b', CRASHING);
  await told;
  assert.match(app.text, /No other version is there that could serve\./);
});

test('no room for a version is told when it has lasted', async () => {
  const app = await deployed(platform, 'large');
  await app.ready('a');
  const { told } = await app.push('b');
  const lastTransitionTime = new Date(app.clock.now()).toISOString();
  const message = '0/1 nodes are available: 1 Insufficient memory.';
  await app.report('b', { state: {} }, [
    { type: 'PodScheduled', status: 'False', reason: 'Unschedulable', message, lastTransitionTime },
  ]);
  // The bound of the whole, and this one.
  await eventually(() => assert.equal(app.clock.sleeping, 2));
  await app.clock.advance(15_000);
  assert.equal(app.text, '');
  await app.clock.advance(6_000);
  await told;
  assert.match(app.text, /Unschedulable, 0\/1 nodes are available: 1 Insufficient memory\.\nThe push is accepted/);
  isOver(app);
});

test('a version that runs and is not ready is told of once, and waited for', async () => {
  const app = await deployed(platform, 'slow');
  await app.ready('a');
  const { told } = await app.push('b');
  await app.report('b', { state: { running: { startedAt: new Date(app.clock.now()).toISOString() } } });
  await eventually(() => assert.equal(app.clock.sleeping, 2));
  await app.clock.advance(31_000);
  await eventually(() => assert.match(app.text, /readiness probe \(port 8080\) has not succeeded/));
  assert.match(app.text, /server\.js:1\nStill waiting\. Ctrl-C ends the waiting, and changes nothing\.\n/);
  await app.ready('b');
  await told;
  assert.match(app.text, /deployment slow: rolled out\n$/);
  isOver(app);
});

test('one crash is no reason to give up', async () => {
  const app = await deployed(platform, 'mended');
  await app.ready('a');
  const { told } = await app.push('b');
  const { waiting: _waiting, ...started } = CRASHING.state;
  await app.report('b', { ...CRASHING, restartCount: 0 });
  await app.report('b', { ...CRASHING, state: { ...started, running: { startedAt: new Date().toISOString() } } });
  await app.ready('b');
  await told;
  assert.equal(app.text, 'deployment mended: rolled out\n');
  isOver(app);
});

test('whoever hangs up leaves nothing behind', async () => {
  const app = await deployed(platform, 'left');
  await app.ready('a');
  const gone = new AbortController();
  const { told } = await app.push('b', gone.signal);
  await app.report('b', { state: { running: { startedAt: new Date(app.clock.now()).toISOString() } } });
  await eventually(() => assert.deepEqual([app.watches, app.clock.sleeping], [2, 2]));
  gone.abort();
  await assert.rejects(told, /abort/i);
  assert.equal(app.text, '');
  isOver(app);
});
