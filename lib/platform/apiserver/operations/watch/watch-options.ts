import { newBadRequest } from '../../../api/status-error.ts';
import type { WatchOptions } from '../../../api/verbs.ts';
import { newInvalidOptions } from '../list-objects.ts';

/** Checks the options of a watch. Throws before anything is sent. */
export function checkWatchOptions(options: WatchOptions): void {
  const { sendInitialEvents, resourceVersionMatch, timeoutSeconds } = options;
  if (timeoutSeconds !== undefined && !(timeoutSeconds >= 0))
    throw newBadRequest(`invalid timeoutSeconds ${timeoutSeconds}: it must not be negative`);
  if (sendInitialEvents === undefined) {
    if (resourceVersionMatch !== undefined)
      throw newInvalidOptions(
        'resourceVersionMatch',
        'Forbidden: resourceVersionMatch is forbidden for watch unless sendInitialEvents is provided',
      );
  } else if (resourceVersionMatch !== 'NotOlderThan') {
    throw newInvalidOptions(
      'resourceVersionMatch',
      'Forbidden: sendInitialEvents requires setting resourceVersionMatch to NotOlderThan',
    );
  }
}
