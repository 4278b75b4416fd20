import { compareQuantities } from '../../../api/quantity.ts';
import { isConflict, isNotFound } from '../../../api/status-error.ts';
import type { Client } from '../../../client/client.ts';
import type { ClaimedVolume } from './claimed-volumes.ts';

const PENDING = new Set(['Resizing', 'FileSystemResizePending']);

/**
 * Ends the growth of a claim whose volume has become larger. A folder has no file system of its own that would have to be grown, so that
 * all there is to do is to say so (kubelet: operationexecutor/node_expander.go). Resolves with whether it was said now.
 */
export async function finishGrowth({ claim, volume }: ClaimedVolume, client: Client): Promise<boolean> {
  const { capacity, conditions = [] } = (claim['status'] ?? {}) as {
    capacity?: { storage?: string };
    conditions?: { type: string }[];
  };
  const size = volume.spec.capacity?.storage;
  if (size === undefined || capacity?.storage === undefined || compareQuantities(size, capacity.storage) <= 0) return false;
  const { namespace, name, resourceVersion } = claim.metadata;
  const ref = {
    group: '',
    version: 'v1',
    resource: 'persistentvolumeclaims',
    subresource: 'status',
    namespace: namespace!,
    name: name!,
  };
  const status = { capacity: { storage: size }, conditions: conditions.filter(({ type }) => !PENDING.has(type)) };
  try {
    await client.patch(ref, 'application/merge-patch+json', { metadata: { resourceVersion }, status });
    return true;
  } catch (error) {
    // The next look sees what has changed.
    if (isConflict(error) || isNotFound(error)) return false;
    throw error;
  }
}
