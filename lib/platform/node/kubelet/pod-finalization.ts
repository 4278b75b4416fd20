import { isNotFound, StatusError } from '../../api/status-error.ts';
import type { Client } from '../../client/client.ts';
import type { Pod } from './types/pod-types.ts';

/** The kubelet's word that nothing of the pod is left on this machine: the API deletes it now. Rejects when it must be said again. */
export async function finalizeDeletion(client: Client, pod: Pod): Promise<void> {
  const { name, namespace, uid } = pod.metadata;
  try {
    const ref = { group: '', version: 'v1', resource: 'pods', namespace, name };
    await client.delete(ref, { gracePeriodSeconds: 0, preconditions: { uid } });
  } catch (error) {
    // Gone, or another pod of that name: both mean that ours is no more.
    if (!isNotFound(error) && !(error instanceof StatusError && error.code === 409)) throw error;
  }
}
