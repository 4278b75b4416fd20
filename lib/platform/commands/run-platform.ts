import { type PlatformParts, startPlatform } from '../start.ts';
import type { PlatformFlags } from './platform-flags.ts';
import { configFrom, logFor } from './read-flags.ts';

/** Runs these parts of the platform until one fails or `ending`: the process is asked to end. */
export async function runPlatform(flags: PlatformFlags, parts: PlatformParts, ending: AbortSignal): Promise<void> {
  const config = await configFrom(flags);
  const log = logFor(config);
  const platform = await startPlatform(config, parts, log);
  await Promise.race([aborted(ending), platform.failed]).finally(() => platform.stop());
}

/** Asked to end while it was starting, it ends too: the event was before anybody listened. */
function aborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve();
    signal.addEventListener('abort', () => resolve(), { once: true });
  });
}
