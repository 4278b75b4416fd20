import assert from 'node:assert/strict';
import { beforeEach, describe, it } from 'node:test';
import { WakeSignal } from '../../../../../lib/platform/node/kubelet/wake-signal.ts';
import { FakeClock } from '../../../../support/fake-clock.ts';

describe('WakeSignal', () => {
  let clock: FakeClock;
  let ending: AbortController;
  let news: WakeSignal;
  beforeEach(() => {
    clock = new FakeClock();
    ending = new AbortController();
    news = new WakeSignal(clock, ending.signal);
    news.lower();
  });

  it('sleeps until its time', async () => {
    const slept = news.sleepUntil(clock.now() + 1000);
    assert.equal(clock.sleeping, 1);
    await clock.advance(1000);
    await slept;
  });

  it('wakes with news, and does not sleep over news that came before', async () => {
    const slept = news.sleepUntil(Infinity);
    news.raise();
    await slept;
    await news.sleepUntil(Infinity);
    news.lower();
    void news.sleepUntil(clock.now() + 1000);
    assert.equal(clock.sleeping, 1);
  });

  it('wakes when the kubelet ends', async () => {
    const slept = news.sleepUntil(Infinity);
    ending.abort();
    await slept;
    await news.sleepUntil(Infinity);
    assert.equal(clock.sleeping, 0);
  });
});
