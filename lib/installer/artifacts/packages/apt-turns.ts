import { errorText } from '../../../common/errors.ts';
import { retry } from '../../../common/retry.ts';

/** ms for somebody else's update of the same lists, or download, to end. */
const PATIENCE = 120_000;

/**
 * What apt says where another apt is at work in the same folders, such as a second installation from this account: it waits for no lock on lists,
 * and who updates them throws the indexes away that another is just writing.
 */
const DISTURBED =
  /Could not get lock|Unable to lock directory|is held by process|Problem renaming the file|package cache file is corrupted/;

/** Runs an apt on lists and indexes that others may be using, again until nobody disturbs it. Rejects with apt's own error. */
export function undisturbed<T>(apt: () => Promise<T>): Promise<T> {
  return retry(apt, {
    backoff: { base: 200, cap: 2_000, jitter: 0.5 },
    timeout: PATIENCE,
    isRetryable: (error) => DISTURBED.test(errorText(error)),
  });
}
