import type { KubeObject } from '../../meta.ts';

/** A claim that a pod's volume stands for. */
export interface PodClaim {
  /** The pod's own name for the volume. */
  readonly volume: string;
  /** In the pod's namespace. */
  readonly claim: string;
  /** Made for this pod alone, and gone with it (a generic ephemeral volume). */
  readonly ephemeral: boolean;
  readonly readOnly: boolean;
}

interface VolumeSource {
  readonly name?: string;
  readonly persistentVolumeClaim?: { readonly claimName?: string; readonly readOnly?: boolean };
  readonly ephemeral?: object;
}

const NONE: readonly PodClaim[] = [];

/** component-helpers/storage/ephemeral VolumeClaimName. */
const ephemeralClaimName = (podName: string, volume: string): string => `${podName}-${volume}`;

/** The claims that a pod names, directly or by its ephemeral volumes. */
export function claimsOfPod({ metadata, spec }: KubeObject): readonly PodClaim[] {
  let claims: PodClaim[] | undefined;
  for (const { name = '', persistentVolumeClaim, ephemeral } of (spec?.volumes ?? []) as readonly VolumeSource[]) {
    if (persistentVolumeClaim !== undefined) {
      const { claimName = '', readOnly = false } = persistentVolumeClaim;
      (claims ??= []).push({ volume: name, claim: claimName, ephemeral: false, readOnly });
    } else if (ephemeral !== undefined) {
      (claims ??= []).push({
        volume: name,
        claim: ephemeralClaimName(metadata.name ?? '', name),
        ephemeral: true,
        readOnly: false,
      });
    }
  }
  return claims ?? NONE;
}

/** Whether a claim was made for this pod and no other of its name. */
export const isClaimOfPod = (claim: KubeObject, pod: KubeObject): boolean =>
  claim.metadata.ownerReferences?.some(({ controller, uid }) => controller === true && uid === pod.metadata.uid) === true;
