import { errorText } from '../../../common/errors.ts';
import type { Clock } from '../../../common/clock.ts';
import type { Log } from '../../../common/log.ts';
import { type Backoff, backoffDelay } from '../../../common/retry.ts';
import type { ContainerRuntime, ContainerSummary } from '../../runtime/container-runtime.ts';
import { nodeLabels, podUidOf } from './container-labels.ts';

const RELIST_MS = 10_000;
const RECONNECT: Backoff = { base: 200, cap: 5_000 };

export interface PlegOptions {
  readonly runtime: ContainerRuntime;
  readonly nodeName: string;
  readonly clock: Clock;
  readonly log: Log;
  /** Something of this pod has changed, and not by our own hand alone. */
  readonly onPod: (uid: string) => void;
  /** Everything that the engine has, every ten seconds and after it has come back. */
  readonly onList: (containers: readonly ContainerSummary[]) => void;
  /** Whether the engine answers, with its error when it does not. */
  readonly onHealth: (error: string | undefined) => void;
}

/**
 * The pod lifecycle event generator: the engine's events for speed, a list now and then for certainty. Runs until the
 * signal; never rejects.
 */
export async function runPleg(options: PlegOptions, signal: AbortSignal): Promise<void> {
  await Promise.all([followEvents(options, signal), listAgainAndAgain(options, signal)]);
}

async function followEvents(options: PlegOptions, signal: AbortSignal): Promise<void> {
  const { runtime, nodeName, clock, log, onPod } = options;
  for (let failures = 0; !signal.aborted;) {
    try {
      for await (const event of runtime.events(nodeLabels(nodeName), signal)) {
        failures = 0;
        // Creations and starts are ours; what matters is what ends or vanishes.
        if (event.type === 'died' || event.type === 'removed' || event.type === 'oom') onPod(podUidOf(event));
      }
    } catch (error) {
      if (signal.aborted) return;
      log.warn({ error: errorText(error) }, 'engine events interrupted');
      await clock.sleep(backoffDelay(RECONNECT, failures++), signal).catch(() => undefined);
      // Events of the time in between are lost.
      await listOnce(options);
    }
  }
}

async function listAgainAndAgain(options: PlegOptions, signal: AbortSignal): Promise<void> {
  while (!signal.aborted) {
    await listOnce(options);
    await options.clock.sleep(RELIST_MS, signal).catch(() => undefined);
  }
}

async function listOnce(options: PlegOptions): Promise<void> {
  try {
    const containers = await options.runtime.summaries(nodeLabels(options.nodeName));
    options.onHealth(undefined);
    options.onList(containers);
  } catch (error) {
    options.onHealth(errorText(error));
  }
}
