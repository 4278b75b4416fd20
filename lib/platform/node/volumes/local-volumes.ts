import type { Clock } from '../../../common/clock.ts';
import { errorText } from '../../../common/errors.ts';
import type { Log } from '../../../common/log.ts';
import type { KubeObject } from '../../api/meta.ts';
import { isNotFound } from '../../api/status-error.ts';
import {
  isLocalVolumeName,
  LOCAL_VOLUME_FINALIZER,
  LOCAL_VOLUME_NODE,
  VOLUME_PROTECTION,
} from '../../api/storage/local-volumes.ts';
import type { Client } from '../../client/client.ts';
import { createEventRecorder, type EventRecorder } from '../../client/event-recorder.ts';
import { createInformer } from '../../client/informer.ts';
import { createWorkQueue } from '../../client/work-queue.ts';
import type { VolumeFolders } from './volume-folders.ts';

export interface LocalVolumesOptions {
  readonly client: Client;
  readonly nodeName: string;
  readonly folders: VolumeFolders;
  /** Whether something of a pod that has the volume is still on this machine. */
  readonly isUsed: (volume: string) => Promise<boolean>;
  readonly log: Log;
  readonly clock: Clock;
}

const VOLUMES = { group: '', version: 'v1', resource: 'persistentvolumes' } as const;
const IN_USE_MS = 1_000;
/** A folder that cannot be removed is tried again, first soon and then ever more rarely. */
const BACKOFF = { base: 500, cap: 300_000 };

/**
 * Removes the folders of this node's volumes once these are deleted, and lets them go. Folders of volumes that the API does not know are
 * kept: they may be the only copy of what a lost store spoke of. Until the signal aborts; never rejects.
 */
export async function runLocalVolumes(options: LocalVolumesOptions, signal: AbortSignal): Promise<void> {
  const { client, nodeName, log, clock } = options;
  const labelSelector = `${LOCAL_VOLUME_NODE}=${nodeName}`;
  const volumes = createInformer(client, VOLUMES, { labelSelector, log, clock });
  const recorder = createEventRecorder(client, { component: 'kubelet', host: nodeName, clock, log, signal });
  // One at a time: what is removed may be large, and the disk belongs to the pods.
  const queue = createWorkQueue({ clock, backoff: BACKOFF });
  const add = ({ metadata }: KubeObject): void => queue.add(metadata.name!);
  volumes.addHandler({ added: add, updated: add });
  signal.addEventListener('abort', () => queue.shutDown(), { once: true });
  if (signal.aborted) queue.shutDown();
  await Promise.all([volumes.run(signal), work(), reportStrays()]);

  async function work(): Promise<void> {
    for (let name = await queue.next(); name !== undefined; name = await queue.next()) {
      const volume = volumes.lister.byKey(name);
      try {
        const done = volume === undefined || signal.aborted || (await removeIfReleased(volume, options, recorder, signal));
        queue.forget(name);
        // A pod that was deleted by force has its grace all the same.
        if (!done) queue.addAfter(name, IN_USE_MS);
      } catch (error) {
        if (!signal.aborted) {
          log.warn({ volume: name, error: errorText(error) }, 'volume not removed');
          queue.addRateLimited(name);
        }
      }
      queue.done(name);
    }
  }

  async function reportStrays(): Promise<void> {
    await volumes.synced(signal).catch(() => undefined);
    if (signal.aborted) return;
    const strays = (await options.folders.list()).filter((name) => volumes.lister.byKey(name) === undefined);
    if (strays.length > 0)
      log.warn({ folder: options.folders.root, volumes: strays }, 'folders of volumes that the API does not know are kept');
  }
}

/** A volume that is to stay on the disk loses only its finalizer. Resolves to false while a pod still has the volume. */
async function removeIfReleased(
  volume: KubeObject,
  { client, folders, isUsed, log }: LocalVolumesOptions,
  recorder: EventRecorder,
  signal: AbortSignal,
): Promise<boolean> {
  const { name = '', uid, resourceVersion, deletionTimestamp, finalizers = [] } = volume.metadata;
  if (deletionTimestamp === undefined || !finalizers.includes(LOCAL_VOLUME_FINALIZER) || finalizers.includes(VOLUME_PROTECTION))
    return true;
  if (isLocalVolumeName(name) && volume['spec'].persistentVolumeReclaimPolicy === 'Delete') {
    if (await isUsed(name)) return false;
    // What is about to be done cannot be taken back, and the cache may be behind: the server has the last word.
    const live = await client.get({ ...VOLUMES, name }).catch(unlessGone);
    if (live?.metadata.uid !== uid || live?.metadata.deletionTimestamp === undefined) return true;
    try {
      await folders.remove(name, signal);
    } catch (error) {
      if (!signal.aborted) recorder.event(volume, 'Warning', 'VolumeFailedDelete', errorText(error));
      throw error;
    }
    log.info({ volume: name }, 'volume removed');
  }
  const body = { metadata: { uid, resourceVersion, finalizers: finalizers.filter((each) => each !== LOCAL_VOLUME_FINALIZER) } };
  await client.patch({ ...VOLUMES, name }, 'application/merge-patch+json', body).catch(unlessGone);
  return true;
}

function unlessGone(error: unknown): undefined {
  if (!isNotFound(error)) throw error;
}
