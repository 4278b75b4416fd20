import { claimsOfPod, isClaimOfPod, type PodClaim } from '../../api/core/pod/pod-claims.ts';
import { storageClassOf } from '../../api/core/volume-access.ts';
import { compareQuantities } from '../../api/quantity.ts';
import { LOCAL_PROVISIONER } from '../../api/storage/local-volumes.ts';
import type { Lister } from '../../client/lister.ts';
import { isFinished, type Node, type Pod } from '../core-types.ts';
import { allowsNode, offersFolder } from '../volumes/local-node.ts';
import { findVolume, reaches } from '../volumes/volume-match.ts';
import {
  annotationOf,
  type Claim,
  isFullyBound,
  NO_PROVISIONER,
  SELECTED_NODE,
  type StorageClass,
  type Volume,
  waitsForConsumer,
} from '../volumes/volume-types.ts';
import type { NodeInfo } from './node-info.ts';

/** What the scheduler knows of volumes. */
export interface VolumeView {
  readonly claims: Lister<Claim>;
  readonly volumes: Lister<Volume>;
  readonly classes: Lister<StorageClass>;
  /** Volumes that were chosen for claims a moment ago, and whose caches do not say so yet. */
  readonly taken: ReadonlySet<string>;
  /** Pods that are on a node, or will be in a moment. */
  readonly placed: () => Iterable<{ pod: Pod }>;
}

/** What has to be done before a pod can be bound to a node: volumes for its claims that wait for that. */
export interface VolumeChoice {
  readonly claim: Claim;
  /** Absent: a provisioner is to make one. */
  readonly volume?: Volume;
}

/** What a pod's claims say about nodes. */
export interface PodVolumes {
  readonly check: (info: NodeInfo) => readonly string[];
  readonly choices: (node: Node) => readonly VolumeChoice[];
}

const NODE_CONFLICT = ['node(s) had volume node affinity conflict'];
const NOTHING_TO_BIND = ["node(s) didn't find available persistent volumes to bind"];
const NO_VOLUME = ['node(s) unavailable due to one or more pvc(s) bound to non-existent pv(s)'];
const SINGLE_POD = ['node has pod using PersistentVolumeClaim with the same name and ReadWriteOncePod access mode'];

/**
 * Reads a pod's claims (kubernetes plugins/volumebinding, volumerestrictions). Undefined for a pod without any; a message where no node
 * can help.
 */
export function podVolumes(pod: Pod, view: VolumeView): PodVolumes | { readonly message: string } | undefined {
  const named = claimsOfPod(pod);
  if (named.length === 0) return undefined;
  const claims: Claim[] = [];
  for (const each of named) {
    const claim = view.claims.get(pod.metadata.namespace, each.claim);
    const message = problemOf(each, claim, pod);
    if (message !== undefined) return { message };
    claims.push(claim!);
  }
  const bound = claims.filter(isFullyBound);
  const unbound = claims.filter((claim) => !isFullyBound(claim));
  // A claim that names its volume, or whose class waits for nobody, is the claim controller's to bind.
  if (unbound.some((claim) => claim.spec.volumeName || !waitsForConsumer(claim, view.classes)))
    return { message: 'pod has unbound immediate PersistentVolumeClaims' };
  const volumes = bound.map((claim) => view.volumes.byKey(claim.spec.volumeName!));
  const isBusy = claims.some((claim) => claim.spec.accessModes?.includes('ReadWriteOncePod') && isUsed(claim, view));
  return {
    check: ({ node }) => {
      if (isBusy) return SINGLE_POD;
      if (volumes.includes(undefined)) return NO_VOLUME;
      if (!volumes.every((volume) => reaches(volume!, node))) return NODE_CONFLICT;
      return choose(unbound, node, view) === undefined ? NOTHING_TO_BIND : [];
    },
    choices: (node) => choose(unbound, node, view) ?? [],
  };
}

function problemOf({ claim: name, ephemeral }: PodClaim, claim: Claim | undefined, pod: Pod): string | undefined {
  const quoted = JSON.stringify(name);
  if (claim === undefined)
    return ephemeral
      ? `waiting for ephemeral volume controller to create the persistentvolumeclaim ${quoted}`
      : `persistentvolumeclaim ${quoted} not found`;
  if (claim.status?.phase === 'Lost')
    return `persistentvolumeclaim ${quoted} bound to non-existent persistentvolume ${JSON.stringify(claim.spec.volumeName ?? '')}`;
  if (claim.metadata.deletionTimestamp !== undefined) return `persistentvolumeclaim ${quoted} is being deleted`;
  const { namespace, name: podName } = pod.metadata;
  return ephemeral && !isClaimOfPod(claim, pod)
    ? `PVC "${namespace}/${name}" was not created for pod "${namespace}/${podName}" (pod is not owner)`
    : undefined;
}

function isUsed({ metadata }: Claim, { placed }: VolumeView): boolean {
  for (const { pod } of placed())
    if (pod.metadata.namespace === metadata.namespace && !isFinished(pod))
      if (claimsOfPod(pod).some(({ claim }) => claim === metadata.name)) return true;
  return false;
}

const sizeOf = ({ spec }: Claim): string => spec.resources?.requests?.storage ?? '0';
const bySize = (a: Claim, b: Claim): number => compareQuantities(sizeOf(a), sizeOf(b));

/** A volume for each claim that the node reaches, or the word that one is to be made there; undefined where that cannot be. */
function choose(unbound: readonly Claim[], node: Node, view: VolumeView): VolumeChoice[] | undefined {
  if (unbound.length === 0) return [];
  const taken = new Set(view.taken);
  const choices: VolumeChoice[] = [];
  // The smallest first, so that a large volume is left for who needs it.
  for (const claim of unbound.toSorted(bySize)) {
    const selected = annotationOf(claim, SELECTED_NODE);
    // What is being made for one node is not looked for on another.
    if (selected !== undefined && selected !== node.metadata.name) return undefined;
    const volume = selected === undefined ? findVolume(claim, view.volumes.list(), { node, taken }) : undefined;
    if (volume !== undefined) {
      taken.add(volume.metadata.name!);
      choices.push({ claim, volume });
      continue;
    }
    const found = view.classes.byKey(storageClassOf(claim));
    if (found === undefined || found.provisioner === NO_PROVISIONER || !allowsNode(found, node)) return undefined;
    if (found.provisioner === LOCAL_PROVISIONER && !offersFolder(node)) return undefined;
    choices.push({ claim });
  }
  return choices;
}
