import { rfc3339 } from '../../../common/clock.ts';
import type { ReconcileContext } from '../define-controller.ts';
import { PERSISTENT_VOLUME_CLAIMS, PERSISTENT_VOLUMES, refTo } from '../resources.ts';
import { sameJson } from '../same-json.ts';
import {
  annotationOf,
  BIND_COMPLETED,
  BOUND_BY_CONTROLLER,
  type Claim,
  type ClaimRef,
  isHeldBy,
  type Volume,
  type VolumePhase,
} from './volume-types.ts';

type Writes = Pick<ReconcileContext, 'client' | 'clock'>;

/** What a volume remembers of the claim that it is bound to. */
export const claimRefOf = ({ metadata }: Claim): ClaimRef => ({
  apiVersion: 'v1',
  kind: 'PersistentVolumeClaim',
  namespace: metadata.namespace!,
  name: metadata.name!,
  uid: metadata.uid!,
  resourceVersion: metadata.resourceVersion!,
});

/**
 * Binds the two in the order that can be cut off anywhere and taken up again: first the volume says whose it is, last the claim
 * says that all is done (pv_controller bind). What is already so is not written.
 */
export async function bind(volume: Volume, claim: Claim, context: Writes): Promise<void> {
  const held = await holdVolume(volume, claim, context);
  await setVolumePhase(held, 'Bound', context);
  const named = await nameVolume(claim, held, context);
  await setClaimPhase(named, 'Bound', context, held);
}

/** Writes the claim into the volume; the volume as it is then. */
export async function holdVolume(volume: Volume, claim: Claim, { client }: Writes): Promise<Volume> {
  if (isHeldBy(volume, claim) && volume.spec.claimRef?.uid === claim.metadata.uid) return volume;
  const next: Volume = { ...volume, spec: { ...volume.spec, claimRef: claimRefOf(claim) } };
  if (!isHeldBy(volume, claim)) next.metadata = withAnnotation(next, BOUND_BY_CONTROLLER);
  return client.update<Volume>(refTo(PERSISTENT_VOLUMES, volume), next);
}

async function nameVolume(claim: Claim, volume: Volume, { client }: Writes): Promise<Claim> {
  const name = volume.metadata.name!;
  const chosen = claim.spec.volumeName !== name;
  if (!chosen && annotationOf(claim, BIND_COMPLETED) !== undefined) return claim;
  const next: Claim = { ...claim, spec: { ...claim.spec, volumeName: name }, metadata: withAnnotation(claim, BIND_COMPLETED) };
  if (chosen) next.metadata = withAnnotation(next, BOUND_BY_CONTROLLER);
  return client.update<Claim>(refTo(PERSISTENT_VOLUME_CLAIMS, claim), next);
}

const withAnnotation = ({ metadata }: Claim | Volume, name: string): Claim['metadata'] => ({
  ...metadata,
  annotations: { ...metadata.annotations, [name]: 'yes' },
});

/** Resolves with whether anything had to be written. A bound claim is as large as its volume was when they met. */
export async function setClaimPhase(
  claim: Claim,
  phase: 'Pending' | 'Bound' | 'Lost',
  { client }: Writes,
  volume?: Volume,
): Promise<boolean> {
  const { status = {} } = claim;
  const { accessModes: _modes, capacity: _capacity, ...others } = status;
  const next: Claim['status'] =
    volume === undefined
      ? { ...others, phase }
      : {
          ...others,
          phase,
          accessModes: volume.spec.accessModes ?? [],
          capacity: status.phase === 'Bound' && status.capacity !== undefined ? status.capacity : (volume.spec.capacity ?? {}),
        };
  if (sameJson(status, next)) return false;
  await client.update(refTo(PERSISTENT_VOLUME_CLAIMS, claim, 'status'), { ...claim, status: next });
  return true;
}

/** Resolves with whether the phase is a new one. */
export async function setVolumePhase(
  volume: Volume,
  phase: VolumePhase,
  { client, clock }: Writes,
  message?: string,
): Promise<boolean> {
  if (volume.status?.phase === phase) return false;
  const status = { phase, lastPhaseTransitionTime: rfc3339(clock.now()), ...(message === undefined ? {} : { message }) };
  await client.update(refTo(PERSISTENT_VOLUMES, volume, 'status'), { ...volume, status });
  return true;
}

/** Takes a binding back: one of ours altogether, one of the user's down to the name that the user wrote. */
export async function unbindVolume(volume: Volume, { client }: Writes): Promise<void> {
  const { claimRef, ...spec } = volume.spec;
  const { [BOUND_BY_CONTROLLER]: ours, ...annotations } = volume.metadata.annotations ?? {};
  const { uid: _uid, resourceVersion: _version, ...kept } = claimRef ?? {};
  const next: Volume = {
    ...volume,
    metadata: { ...volume.metadata, annotations },
    spec: ours === undefined ? { ...spec, claimRef: kept } : spec,
  };
  await client.update(refTo(PERSISTENT_VOLUMES, volume), next);
}
