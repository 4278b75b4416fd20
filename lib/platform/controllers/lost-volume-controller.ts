import { LOCAL_VOLUME_FINALIZER, LOCAL_VOLUME_NODE, VOLUME_PROTECTION } from '../api/storage/local-volumes.ts';
import { unlessGone } from './api-errors.ts';
import { type ControllerDefinition, defineController } from './define-controller.ts';
import { NODES, PERSISTENT_VOLUMES, refTo } from './resources.ts';
import type { Volume } from './volumes/volume-types.ts';

/** Lets go of deleted volumes whose node has been deleted too: nobody will come to remove the folder. */
export const lostVolumeController = (): ControllerDefinition =>
  defineController({
    name: 'lost-volume-controller',
    for: PERSISTENT_VOLUMES,
    watches: [
      {
        of: NODES,
        map: ({ metadata }, { lister }) =>
          lister<Volume>(PERSISTENT_VOLUMES)
            .list()
            .filter((volume) => volume.metadata.labels?.[LOCAL_VOLUME_NODE] === metadata.name)
            .map((volume) => volume.metadata.name!),
        changed: () => false,
      },
    ],
    async reconcile(key, { client, lister, recorder }) {
      const volume = lister<Volume>(PERSISTENT_VOLUMES).byKey(key);
      if (volume?.metadata.deletionTimestamp === undefined) return;
      const { uid, resourceVersion, finalizers = [], labels } = volume.metadata;
      const node = labels?.[LOCAL_VOLUME_NODE];
      if (node === undefined || !finalizers.includes(LOCAL_VOLUME_FINALIZER) || finalizers.includes(VOLUME_PROTECTION)) return;
      const known = lister(NODES).byKey(node) ?? (await unlessGone(client.get({ ...NODES, name: node })));
      if (known !== undefined) return;
      recorder.event(
        volume,
        'Warning',
        'VolumeLost',
        `node ${JSON.stringify(node)} is gone: the folder of the volume is not removed`,
      );
      const body = {
        metadata: { uid, resourceVersion, finalizers: finalizers.filter((name) => name !== LOCAL_VOLUME_FINALIZER) },
      };
      await unlessGone(client.patch(refTo(PERSISTENT_VOLUMES, volume), 'application/merge-patch+json', body));
    },
  });
