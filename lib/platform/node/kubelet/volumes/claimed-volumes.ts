import { errorText } from '../../../../common/errors.ts';
import { claimsOfPod, isClaimOfPod, type PodClaim } from '../../../api/core/pod/pod-claims.ts';
import type { KubeObject } from '../../../api/meta.ts';
import { matchesNodeSelector, type NodeSelectorTerm } from '../../../api/selectors/node-selector.ts';
import { StatusError } from '../../../api/status-error.ts';
import type { Client } from '../../../client/client.ts';
import type { Pod } from '../types/pod-types.ts';

/** The parts of core/v1 PersistentVolume that a kubelet reads. */
export interface PersistentVolume extends KubeObject {
  readonly spec: {
    readonly claimRef?: { readonly uid?: string };
    readonly volumeMode?: string;
    readonly capacity?: { readonly storage?: string };
    readonly nodeAffinity?: { readonly required?: { readonly nodeSelectorTerms?: readonly NodeSelectorTerm[] } };
    readonly hostPath?: { readonly path: string; readonly type?: string };
    readonly local?: { readonly path: string };
    readonly [source: string]: unknown;
  };
}

/** A claim of a pod with the volume that it is bound to. */
export interface ClaimedVolume {
  readonly claim: KubeObject;
  readonly volume: PersistentVolume;
  readonly readOnly: boolean;
}

const CLAIMS = { group: '', version: 'v1', resource: 'persistentvolumeclaims' } as const;
const VOLUMES = { group: '', version: 'v1', resource: 'persistentvolumes' } as const;
const NODES = { group: '', version: 'v1', resource: 'nodes' } as const;

/**
 * Looks up the volumes behind pods' claims (kubelet: desired_state_of_world_populator.go createVolumeSpec). Asked each time, since a pod
 * that starts must see how things are now; while the API is away, what was known of that very pod serves.
 */
export class ClaimedVolumes {
  readonly #client: Client;
  readonly #nodeName: string;
  readonly #known = new Map<string, Map<string, ClaimedVolume>>();

  constructor(client: Client, nodeName: string) {
    this.#client = client;
    this.#nodeName = nodeName;
  }

  /** Undefined for a volume that is no claim. A pod that has the volume already keeps it while its claim is going. Rejects with kubelet's texts. */
  async find(pod: Pod, volume: string, isSetUp: boolean): Promise<ClaimedVolume | undefined> {
    const named = claimsOfPod(pod).find((each) => each.volume === volume);
    if (named === undefined) return undefined;
    const { uid, namespace } = pod.metadata;
    try {
      const found = await this.#look(pod, named, isSetUp);
      const known = this.#known.get(uid) ?? new Map<string, ClaimedVolume>();
      this.#known.set(uid, known.set(volume, found));
      return found;
    } catch (error) {
      const known = this.#known.get(uid)?.get(volume);
      if (known !== undefined && isAway(error)) return known;
      throw new Error(`error processing PVC ${namespace}/${named.claim}: ${errorText(error)}`, { cause: error });
    }
  }

  forget(uid: string): void {
    this.#known.delete(uid);
  }

  async #look(pod: Pod, { claim: name, ephemeral, readOnly }: PodClaim, isSetUp: boolean): Promise<ClaimedVolume> {
    const { namespace } = pod.metadata;
    const claim = await this.#client.get({ ...CLAIMS, namespace, name }).catch((cause: unknown) => {
      throw new Error(`failed to fetch PVC from API server: ${errorText(cause)}`, { cause });
    });
    if (ephemeral && !isClaimOfPod(claim, pod))
      throw new Error(
        `PVC "${namespace}/${name}" was not created for pod "${namespace}/${pod.metadata.name}" (pod is not owner)`,
      );
    if (claim.metadata.deletionTimestamp !== undefined && !isSetUp) throw new Error('PVC is being deleted');
    if (claim['status']?.phase !== 'Bound') throw new Error('PVC is not bound');
    const volumeName = claim['spec'].volumeName as string | undefined;
    if (!volumeName) throw new Error('PVC has empty pvc.Spec.VolumeName');
    const volume = await this.#client.get<PersistentVolume>({ ...VOLUMES, name: volumeName }).catch((cause: unknown) => {
      throw new Error(`failed to fetch PV ${volumeName} from API server: ${errorText(cause)}`, { cause });
    });
    if (volume.spec.claimRef === undefined)
      throw new Error(
        `found PV object ${volumeName} but it has a nil pv.Spec.ClaimRef indicating it is not yet bound to the claim`,
      );
    if (volume.spec.claimRef.uid !== claim.metadata.uid)
      throw new Error(
        `found PV object ${volumeName} but its pv.Spec.ClaimRef.UID ${volume.spec.claimRef.uid} does not point to claim.UID ${claim.metadata.uid}`,
      );
    await this.#checkNode(volume);
    return { claim, volume, readOnly };
  }

  /** A pod may have been sent here by somebody who has not looked at its volumes. */
  async #checkNode(volume: PersistentVolume): Promise<void> {
    const required = volume.spec.nodeAffinity?.required;
    if (required === undefined) return;
    const { metadata } = await this.#client.get({ ...NODES, name: this.#nodeName });
    if (!matchesNodeSelector(required.nodeSelectorTerms, { name: this.#nodeName, labels: metadata.labels }))
      throw new Error(
        `MountVolume.NodeAffinity check failed for volume "${volume.metadata.name}" : no matching NodeSelectorTerms`,
      );
  }
}

/** No answer, or that of a server in trouble: nothing is known to have changed. */
function isAway(error: unknown): boolean {
  const root = error instanceof Error && error.cause !== undefined ? error.cause : error;
  return root instanceof StatusError && (root.code >= 500 || root.code === 429);
}
