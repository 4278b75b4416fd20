import type { Clock } from '../../../../common/clock.ts';
import { errorText } from '../../../../common/errors.ts';
import type { Log } from '../../../../common/log.ts';
import { type Backoff, backoffDelay } from '../../../../common/retry.ts';
import type { ContainerRuntime } from '../../../runtime/container-runtime.ts';

const RECONNECT: Backoff = { base: 200, cap: 5_000 };
/** Several names of one image, or several images of one archive, come together. */
const SETTLE_MS = 100;

/**
 * Tells that the engine's images have changed: parts of the platform start once the node says that it has theirs, which is then no matter of its
 * next regular look. Until the signal; never rejects.
 */
export async function runImageWatch(
  { runtime, clock, log, changed }: { runtime: ContainerRuntime; clock: Clock; log: Log; changed: () => void },
  signal: AbortSignal,
): Promise<void> {
  for (let failures = 0; !signal.aborted;) {
    try {
      for await (const _image of runtime.imageEvents(signal)) {
        failures = 0;
        await clock.sleep(SETTLE_MS, signal);
        changed();
      }
    } catch (error) {
      if (signal.aborted) return;
      log.warn({ error: errorText(error) }, 'events of images interrupted');
      await clock.sleep(backoffDelay(RECONNECT, failures++), signal).catch(() => undefined);
    }
  }
}
