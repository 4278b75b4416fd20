import { LOCAL_PROVISIONER, PROVISIONED_BY } from '../api/storage/local-volumes.ts';
import type { Lister } from '../client/lister.ts';
import { unlessGone } from './api-errors.ts';
import { type ControllerDefinition, defineController, type ReconcileContext } from './define-controller.ts';
import { PERSISTENT_VOLUME_CLAIMS, PERSISTENT_VOLUMES, refTo } from './resources.ts';
import { setVolumePhase, unbindVolume } from './volumes/bind.ts';
import { annotationOf, type Claim, type Volume } from './volumes/volume-types.ts';

/** Keeps the phases of volumes, and does with those whose claim is gone what their policy says (persistentvolume syncVolume). */
export function persistentVolumeController(): ControllerDefinition {
  return defineController({
    name: 'persistent-volume-controller',
    component: 'persistentvolume-controller',
    for: PERSISTENT_VOLUMES,
    watches: [
      { of: PERSISTENT_VOLUME_CLAIMS, map: (claim, { lister }) => volumesOf(claim as Claim, lister<Volume>(PERSISTENT_VOLUMES)) },
    ],
    concurrency: 4,
    async reconcile(key, context) {
      const volume = context.lister<Volume>(PERSISTENT_VOLUMES).byKey(key);
      if (volume !== undefined) await sync(volume, context);
    },
  });
}

const volumesOf = ({ metadata, spec }: Claim, volumes: Lister<Volume>): readonly string[] =>
  volumes
    .list()
    .filter(
      ({ metadata: { name }, spec: { claimRef } }) =>
        name === spec.volumeName || (claimRef?.namespace === metadata.namespace && claimRef?.name === metadata.name),
    )
    .map((volume) => volume.metadata.name!);

async function sync(volume: Volume, context: ReconcileContext): Promise<void> {
  const { claimRef } = volume.spec;
  // Free, or kept for a claim that has yet to come: that one's own key binds the two.
  if (claimRef === undefined || !claimRef.uid) return void (await setVolumePhase(volume, 'Available', context));
  const claim = await claimOf(volume, context);
  if (claim === undefined) return release(volume, context);
  const { volumeName } = claim.spec;
  if (volumeName === volume.metadata.name) return void (await setVolumePhase(volume, 'Bound', context));
  if (!volumeName) return;
  // The claim went elsewhere. What was made for it alone is of no use to anybody; the rest is free again.
  const isSurplus = annotationOf(volume, PROVISIONED_BY) !== undefined && volume.spec.persistentVolumeReclaimPolicy === 'Delete';
  if (isSurplus) await release(volume, context);
  else await unbindVolume(volume, context);
}

/** The cache may be behind, and what is released may be deleted: the server has the last word on a claim that is gone. */
async function claimOf(volume: Volume, { client, lister }: ReconcileContext): Promise<Claim | undefined> {
  const { namespace = '', name = '', uid } = volume.spec.claimRef!;
  const known = lister<Claim>(PERSISTENT_VOLUME_CLAIMS).get(namespace, name);
  if (known?.metadata.uid === uid) return known;
  const live = await unlessGone(client.get<Claim>({ ...PERSISTENT_VOLUME_CLAIMS, namespace, name }));
  return live?.metadata.uid === uid ? live : undefined;
}

async function release(volume: Volume, context: ReconcileContext): Promise<void> {
  const phase = volume.status?.phase;
  // A write brings the volume back, and the next look goes on.
  if (phase !== 'Released' && phase !== 'Failed') return void (await setVolumePhase(volume, 'Released', context));
  if (volume.metadata.deletionTimestamp !== undefined) return;
  const name = volume.metadata.name!;
  switch (volume.spec.persistentVolumeReclaimPolicy) {
    case 'Recycle':
      return fail(volume, 'VolumeFailedRecycle', 'No recycler plugin found for the volume!', context);
    case 'Delete': {
      const provisioner = annotationOf(volume, PROVISIONED_BY);
      if (provisioner === undefined) {
        const text = `error getting deleter volume plugin for volume ${JSON.stringify(name)}: no deletable volume plugin matched`;
        return fail(volume, 'VolumeFailedDelete', text, context);
      }
      // Other provisioners delete what they have made. Ours is held by a finalizer until its node has removed the folder.
      if (provisioner === LOCAL_PROVISIONER)
        await unlessGone(
          context.client.delete(refTo(PERSISTENT_VOLUMES, volume), { preconditions: { uid: volume.metadata.uid! } }),
        );
      return;
    }
    default:
      return;
  }
}

async function fail(volume: Volume, reason: string, message: string, context: ReconcileContext): Promise<void> {
  if (await setVolumePhase(volume, 'Failed', context, message)) context.recorder.event(volume, 'Warning', reason, message);
}
