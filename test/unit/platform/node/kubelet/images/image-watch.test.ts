import assert from 'node:assert/strict';
import { test } from 'node:test';
import { silentLog } from '../../../../../../lib/common/log.ts';
import { runImageWatch } from '../../../../../../lib/platform/node/kubelet/images/image-watch.ts';
import { eventually } from '../../../../../support/eventually.ts';
import { FakeClock } from '../../../../../support/fake-clock.ts';
import { FakeRuntime } from '../../../../../support/fake-runtime.ts';

test('an image that comes is told of once it has settled, and the next one too', async () => {
  const runtime = new FakeRuntime();
  const clock = new FakeClock();
  const stopping = new AbortController();
  let told = 0;
  const running = runImageWatch({ runtime, clock, log: silentLog, changed: () => told++ }, stopping.signal);
  for (const [i, name] of ['openshift/router:latest', 'openshift/php:latest'].entries()) {
    assert.equal(told, i);
    runtime.addImage(name);
    await eventually(async () => {
      await clock.advance(100);
      assert.equal(told, i + 1);
    });
  }
  stopping.abort();
  await running;
});
