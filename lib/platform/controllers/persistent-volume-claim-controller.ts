import { claimsOfPod } from '../api/core/pod/pod-claims.ts';
import { storageClassOf } from '../api/core/volume-access.ts';
import type { KubeObject } from '../api/meta.ts';
import type { Lister } from '../client/lister.ts';
import { keyOf } from '../client/object-store.ts';
import { unlessGone } from './api-errors.ts';
import type { Pod } from './core-types.ts';
import { type ControllerDefinition, defineController, type ReconcileContext } from './define-controller.ts';
import { PERSISTENT_VOLUME_CLAIMS, PERSISTENT_VOLUMES, PODS, refTo, STORAGE_CLASSES } from './resources.ts';
import { bind, setClaimPhase } from './volumes/bind.ts';
import { ToldEvents } from './volumes/told-events.ts';
import { findVolume, mismatch } from './volumes/volume-match.ts';
import {
  annotationOf,
  BIND_COMPLETED,
  type Claim,
  isFullyBound,
  isHeldBy,
  SELECTED_NODE,
  STORAGE_PROVISIONER,
  STORAGE_PROVISIONER_BETA,
  type StorageClass,
  type Volume,
  waitsForConsumer,
} from './volumes/volume-types.ts';

/** Gives claims their volumes, or asks a provisioner for one (pkg/controller/volume/persistentvolume syncClaim). */
export function persistentVolumeClaimController(): ControllerDefinition {
  const told = new ToldEvents();
  return defineController({
    name: 'persistent-volume-claim-controller',
    component: 'persistentvolume-controller',
    for: PERSISTENT_VOLUME_CLAIMS,
    watches: [
      {
        of: PERSISTENT_VOLUMES,
        map: (volume, { lister }) => interested(volume as Volume, lister<Claim>(PERSISTENT_VOLUME_CLAIMS)),
      },
      {
        of: STORAGE_CLASSES,
        map: ({ metadata }, { lister }) => unbound(metadata.name!, lister<Claim>(PERSISTENT_VOLUME_CLAIMS)),
      },
      // Read only: what a claim waits for depends on whether a pod is there already.
      { of: PODS, map: () => [], changed: () => false },
    ],
    // One at a time: two claims must not choose the same volume from the same cache.
    reconcile: async (key, context) => {
      const claim = context.lister<Claim>(PERSISTENT_VOLUME_CLAIMS).byKey(key);
      if (claim === undefined) return;
      if (annotationOf(claim, BIND_COMPLETED) !== undefined) return syncBound(claim, told, context);
      // What is on its way out gets no volume any more.
      if (claim.metadata.deletionTimestamp === undefined) await syncUnbound(claim, told, context);
      else told.forget(claim.metadata.uid!);
    },
  });
}

/** The claim that a volume names and those that name it; those that could have it, when it is free. */
function interested(volume: Volume, claims: Lister<Claim>): readonly string[] {
  const { claimRef } = volume.spec;
  const holder = claimRef === undefined ? undefined : claims.get(claimRef.namespace, claimRef.name ?? '');
  const keys = holder === undefined ? [] : [keyOf(holder)];
  const free = claimRef === undefined && volume.status?.phase === 'Available';
  for (const claim of claims.list()) {
    const { volumeName } = claim.spec;
    if (volumeName ? volumeName === volume.metadata.name : free && storageClassOf(claim) === storageClassOf(volume))
      keys.push(keyOf(claim));
  }
  return keys;
}

const unbound = (className: string, claims: Lister<Claim>): readonly string[] =>
  claims
    .list()
    .filter((claim) => !isFullyBound(claim) && storageClassOf(claim) === className)
    .map(keyOf);

async function syncUnbound(claim: Claim, told: ToldEvents, context: ReconcileContext): Promise<void> {
  const volumes = context.lister<Volume>(PERSISTENT_VOLUMES);
  const { volumeName } = claim.spec;
  if (volumeName) {
    const volume = volumes.byKey(volumeName);
    if (volume === undefined || (volume.spec.claimRef !== undefined && !isHeldBy(volume, claim)))
      return void (await pending(claim, context));
    // A volume that names the claim too was made for it: nobody checks what both sides agree on.
    const why = volume.spec.claimRef === undefined ? mismatch(volume, claim) : undefined;
    if (why === undefined) return await bindAndForget(volume, claim, told, context);
    const text = `Cannot bind to requested volume ${JSON.stringify(volumeName)}: ${why}`;
    told.tell(context.recorder, claim, 'Warning', 'VolumeMismatch', text);
    return void (await pending(claim, context));
  }
  const delayed =
    annotationOf(claim, SELECTED_NODE) === undefined && waitsForConsumer(claim, context.lister<StorageClass>(STORAGE_CLASSES));
  const volume = findVolume(claim, volumes.list(), { onlyHeld: delayed });
  if (volume !== undefined) return await bindAndForget(volume, claim, told, context);
  if (delayed) tellWhatItWaitsFor(claim, told, context);
  else if (storageClassOf(claim) !== '') await askForVolume(claim, told, context);
  else {
    const text = 'no persistent volumes available for this claim and no storage class is set';
    told.tell(context.recorder, claim, 'Normal', 'FailedBinding', text);
  }
  await pending(claim, context);
}

async function bindAndForget(volume: Volume, claim: Claim, told: ToldEvents, context: ReconcileContext): Promise<void> {
  await bind(volume, claim, context);
  told.forget(claim.metadata.uid!);
}

/** A claim that has just been annotated is newer than the one that was read: its own change brings it back. */
async function pending(claim: Claim, context: ReconcileContext): Promise<void> {
  await setClaimPhase(claim, 'Pending', context);
}

function tellWhatItWaitsFor(claim: Claim, told: ToldEvents, { lister, recorder }: ReconcileContext): void {
  const { namespace, name } = claim.metadata;
  const pod = lister<Pod>(PODS)
    .list(namespace)
    .find((one) => !one.spec.nodeName && claimsOfPod(one).some((each) => each.claim === name));
  if (pod === undefined)
    told.tell(recorder, claim, 'Normal', 'WaitForFirstConsumer', 'waiting for first consumer to be created before binding');
  else told.tell(recorder, claim, 'Normal', 'WaitForPodScheduled', `waiting for pod ${pod.metadata.name} to be scheduled`);
}

/** Provisioners see by an annotation that a volume is wanted of them (setClaimProvisioner). */
async function askForVolume(claim: Claim, told: ToldEvents, { client, lister, recorder }: ReconcileContext): Promise<void> {
  const className = storageClassOf(claim);
  const found = lister<StorageClass>(STORAGE_CLASSES).byKey(className);
  const tell = (type: 'Normal' | 'Warning', reason: string, text: string): void => told.tell(recorder, claim, type, reason, text);
  if (found === undefined)
    return tell('Warning', 'ProvisioningFailed', `storageclass.storage.k8s.io ${JSON.stringify(className)} not found`);
  const { provisioner } = found;
  // Of Kubernetes' own plug-ins, which clusters have left behind, none is here.
  if (provisioner.startsWith('kubernetes.io/'))
    return tell('Warning', 'ProvisioningFailed', `no volume plugin matched name: ${provisioner}`);
  tell(
    'Normal',
    'ExternalProvisioning',
    `Waiting for a volume to be created either by the external provisioner '${provisioner}' or manually by the system administrator. If volume creation is delayed, please verify that the provisioner is running and correctly registered.`,
  );
  if (annotationOf(claim, STORAGE_PROVISIONER) === provisioner) return;
  const { uid, resourceVersion } = claim.metadata;
  const annotations = { [STORAGE_PROVISIONER]: provisioner, [STORAGE_PROVISIONER_BETA]: provisioner };
  const body = { metadata: { uid, resourceVersion, annotations } };
  await unlessGone(client.patch(refTo(PERSISTENT_VOLUME_CLAIMS, claim), 'application/merge-patch+json', body));
}

/** A bound claim stays what it is; one whose volume is gone or is another's is lost for good. */
async function syncBound(claim: Claim, told: ToldEvents, context: ReconcileContext): Promise<void> {
  told.forget(claim.metadata.uid!);
  const { volumeName } = claim.spec;
  if (!volumeName)
    return lose(claim, 'ClaimLost', 'Bound claim has lost reference to PersistentVolume. Data on the volume is lost!', context);
  const volume =
    context.lister<Volume>(PERSISTENT_VOLUMES).byKey(volumeName) ??
    // The cache may be behind, and a claim that is lost is so for ever.
    (await unlessGone(context.client.get<Volume>({ ...PERSISTENT_VOLUMES, name: volumeName })));
  if (volume === undefined)
    return lose(claim, 'ClaimLost', 'Bound claim has lost its PersistentVolume. Data on the volume is lost!', context);
  const { claimRef } = volume.spec;
  if (claimRef === undefined || claimRef.uid === claim.metadata.uid) return bind(volume, claim, context);
  await lose(claim, 'ClaimMisbound', 'Two claims are bound to the same volume, this one is bound incorrectly', context);
}

async function lose(claim: Claim, reason: string, message: string, context: ReconcileContext): Promise<void> {
  if (claim.status?.phase === 'Lost') return;
  await setClaimPhase(claim, 'Lost', context);
  context.recorder.event(claim as KubeObject, 'Warning', reason, message);
}
