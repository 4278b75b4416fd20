import { claimsOfPod, isClaimOfPod } from '../api/core/pod/pod-claims.ts';
import { keyOf } from '../client/object-store.ts';
import { errorText } from '../../common/errors.ts';
import { isAlreadyExists, isForbiddenByTermination, unlessGone } from './api-errors.ts';
import { isFinished, type Pod } from './core-types.ts';
import { type ControllerDefinition, defineController, type ReconcileContext } from './define-controller.ts';
import { PERSISTENT_VOLUME_CLAIMS, PODS } from './resources.ts';
import type { Claim } from './volumes/volume-types.ts';

interface EphemeralVolume {
  readonly name: string;
  readonly ephemeral?: { readonly volumeClaimTemplate?: { readonly metadata?: object; readonly spec: Claim['spec'] } };
}

/** Makes the claims of pods' ephemeral volumes, which their pods own (pkg/controller/volume/ephemeral). */
export const ephemeralVolumeController = (): ControllerDefinition =>
  defineController({
    name: 'ephemeral-volume-controller',
    component: 'ephemeral_volume',
    watches: [
      { of: PODS, map: (pod) => (hasEphemeral(pod as Pod) ? [keyOf(pod)] : []), changed: () => false },
      { of: PERSISTENT_VOLUME_CLAIMS, map: (claim) => podOf(claim as Claim), changed: () => false },
    ],
    concurrency: 4,
    async reconcile(key, context) {
      const pod = context.lister<Pod>(PODS).byKey(key);
      if (pod === undefined || pod.metadata.deletionTimestamp !== undefined || isFinished(pod)) return;
      for (const volume of (pod.spec['volumes'] ?? []) as EphemeralVolume[])
        if (volume.ephemeral !== undefined) await ensureClaim(pod, volume, context);
    },
  });

const hasEphemeral = (pod: Pod): boolean => claimsOfPod(pod).some(({ ephemeral }) => ephemeral);

/** A claim that is deleted while its pod is there is made again. */
function podOf({ metadata }: Claim): readonly string[] {
  const owner = metadata.ownerReferences?.find(({ kind, controller }) => kind === 'Pod' && controller === true);
  return owner === undefined ? [] : [`${metadata.namespace}/${owner.name}`];
}

async function ensureClaim(pod: Pod, { name: volume, ephemeral }: EphemeralVolume, context: ReconcileContext): Promise<void> {
  const { client, lister, recorder } = context;
  const { namespace, name: podName, uid } = pod.metadata;
  const name = `${podName}-${volume}`;
  const ref = { ...PERSISTENT_VOLUME_CLAIMS, namespace: namespace! };
  const known =
    lister<Claim>(PERSISTENT_VOLUME_CLAIMS).get(namespace, name) ?? (await unlessGone(client.get<Claim>({ ...ref, name })));
  if (known !== undefined) {
    if (isClaimOfPod(known, pod)) return;
    throw new Error(`PVC "${namespace}/${name}" was not created for pod "${namespace}/${podName}" (pod is not owner)`);
  }
  const template = ephemeral!.volumeClaimTemplate!;
  const owner = { apiVersion: 'v1', kind: 'Pod', name: podName!, uid: uid!, controller: true, blockOwnerDeletion: true };
  try {
    await client.create(ref, {
      apiVersion: 'v1',
      kind: 'PersistentVolumeClaim',
      metadata: { ...template.metadata, name, namespace: namespace!, ownerReferences: [owner] },
      spec: template.spec,
    });
  } catch (error) {
    if (isForbiddenByTermination(error)) return;
    // Of the cache that was behind: the next look compares owners.
    if (!isAlreadyExists(error))
      recorder.event(pod, 'Warning', 'FailedBinding', `ephemeral volume controller: create PVC ${name}: ${errorText(error)}`);
    throw error;
  }
}
