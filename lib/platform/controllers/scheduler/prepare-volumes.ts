import { claimsOfPod } from '../../api/core/pod/pod-claims.ts';
import { unlessGone } from '../api-errors.ts';
import type { Node, Pod } from '../core-types.ts';
import type { ReconcileContext } from '../define-controller.ts';
import { NODES, PERSISTENT_VOLUME_CLAIMS, PERSISTENT_VOLUMES, refTo } from '../resources.ts';
import { holdVolume } from '../volumes/bind.ts';
import { reaches } from '../volumes/volume-match.ts';
import { annotationOf, type Claim, isFullyBound, SELECTED_NODE, type Volume } from '../volumes/volume-types.ts';
import type { VolumeChoice } from './pod-volumes.ts';
import type { Assumed } from './scheduler-state.ts';

/** Tells the claim controller which volume a claim is to have, and provisioners on which node one is wanted (BindPodVolumes). */
export async function prepareVolumes(
  choices: readonly VolumeChoice[],
  nodeName: string,
  context: ReconcileContext,
): Promise<void> {
  for (const { claim, volume } of choices) {
    if (volume !== undefined) await holdVolume(volume, claim, context);
    else if (annotationOf(claim, SELECTED_NODE) !== nodeName) await selectNode(claim, nodeName, context);
  }
}

async function selectNode(claim: Claim, nodeName: string, { client }: ReconcileContext): Promise<void> {
  const { uid, resourceVersion } = claim.metadata;
  const body = { metadata: { uid, resourceVersion, annotations: { [SELECTED_NODE]: nodeName } } };
  await unlessGone(client.patch(refTo(PERSISTENT_VOLUME_CLAIMS, claim), 'application/merge-patch+json', body));
}

/** Whether the claims of an assumed pod are bound to volumes that its node reaches; 'undone' when that will not come about any more. */
export function volumesOf(
  pod: Pod,
  { nodeName, volumes }: Assumed,
  { lister }: ReconcileContext,
): 'bound' | 'pending' | 'undone' {
  const node = lister<Node>(NODES).byKey(nodeName);
  if (node === undefined) return 'undone';
  let isPending = false;
  for (const { claim: name } of claimsOfPod(pod)) {
    const claim = lister<Claim>(PERSISTENT_VOLUME_CLAIMS).get(pod.metadata.namespace, name);
    if (claim === undefined || claim.metadata.deletionTimestamp !== undefined || claim.status?.phase === 'Lost') return 'undone';
    if (isFullyBound(claim)) {
      const volume = lister<Volume>(PERSISTENT_VOLUMES).byKey(claim.spec.volumeName!);
      if (volume === undefined) isPending = true;
      else if (!reaches(volume, node)) return 'undone';
      continue;
    }
    isPending = true;
    // A provisioner that cannot serve the node takes the choice back. The cache may not have shown it at all yet.
    const selected = annotationOf(claim, SELECTED_NODE);
    if (selected === nodeName) volumes!.seen.add(name);
    else if (volumes!.seen.has(name)) return 'undone';
  }
  return isPending ? 'pending' : 'bound';
}
