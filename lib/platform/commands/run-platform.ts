import { anotherAddress } from '../config/another-address.ts';
import type { PlatformConfig } from '../config/platform-config.ts';
import { type Platform, type PlatformParts, startPlatform } from '../start.ts';
import type { PlatformFlags } from './platform-flags.ts';
import { configFrom, logFor } from './read-flags.ts';

/**
 * Runs these parts of the platform until one fails or `ending`: the process is asked to end. In between it starts anew when the machine gets
 * another address, which is in certificates, kubeconfigs, the node's object and what it listens on; containers go on running.
 */
export async function runPlatform(flags: PlatformFlags, parts: PlatformParts, ending: AbortSignal): Promise<void> {
  for (;;) {
    const config = await configFrom(flags);
    const log = logFor(config);
    const platform = await startPlatform(config, parts, log);
    const address = await newAddress(config, platform, ending).finally(() => platform.stop());
    if (address === undefined) return;
    log.warn({ was: config.advertiseAddress, is: address }, 'this machine has another address, starting anew');
  }
}

/** The address that the machine has now in place of the one that the platform runs with; undefined when the process is asked to end. */
async function newAddress(config: PlatformConfig, platform: Platform, ending: AbortSignal): Promise<string | undefined> {
  const over = new AbortController();
  const watched = anotherAddress(config.advertiseAddress, over.signal);
  watched.catch(() => undefined);
  return await Promise.race([aborted(ending), platform.failed, watched]).finally(() => over.abort());
}

/** Asked to end while it was starting, it ends too: the event was before anybody listened. */
function aborted(signal: AbortSignal): Promise<undefined> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve(undefined);
    signal.addEventListener('abort', () => resolve(undefined), { once: true });
  });
}
