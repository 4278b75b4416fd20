import { claimsOfPod, isClaimOfPod } from '../api/core/pod/pod-claims.ts';
import type { KubeObject } from '../api/meta.ts';
import { CLAIM_PROTECTION, VOLUME_PROTECTION } from '../api/storage/local-volumes.ts';
import type { GroupVersionResource } from '../api/verbs.ts';
import { unlessGone } from './api-errors.ts';
import type { Pod } from './core-types.ts';
import { type ControllerDefinition, defineController, type ReconcileContext } from './define-controller.ts';
import { PERSISTENT_VOLUME_CLAIMS, PERSISTENT_VOLUMES, PODS, refTo } from './resources.ts';
import type { Claim, Volume } from './volumes/volume-types.ts';

/** A claim stays while a pod on a node uses it (pkg/controller/volume/pvcprotection). */
export const claimProtectionController = (): ControllerDefinition =>
  defineController({
    name: 'pvc-protection-controller',
    for: PERSISTENT_VOLUME_CLAIMS,
    watches: [
      {
        of: PODS,
        map: (pod) => claimsOfPod(pod).map(({ claim }) => `${pod.metadata.namespace}/${claim}`),
        // A pod that goes tells by its deletion; one that has ended may let go of what was made for it alone.
        changed: (pod, old) => isShutDown(pod) !== isShutDown(old),
      },
    ],
    async reconcile(key, context) {
      const claim = context.lister<Claim>(PERSISTENT_VOLUME_CLAIMS).byKey(key);
      if (claim !== undefined)
        await protect(claim, PERSISTENT_VOLUME_CLAIMS, CLAIM_PROTECTION, context, () => isUsed(claim, context));
    },
  });

/** A volume stays while a claim is bound to it (pkg/controller/volume/pvprotection). */
export const volumeProtectionController = (): ControllerDefinition =>
  defineController({
    name: 'pv-protection-controller',
    for: PERSISTENT_VOLUMES,
    async reconcile(key, context) {
      const volume = context.lister<Volume>(PERSISTENT_VOLUMES).byKey(key);
      if (volume === undefined) return;
      await protect(volume, PERSISTENT_VOLUMES, VOLUME_PROTECTION, context, async () => volume.status?.phase === 'Bound');
    },
  });

/** Puts the finalizer on what has none yet, and takes it off what is to go and is not used any more. */
async function protect(
  object: KubeObject,
  of: GroupVersionResource,
  finalizer: string,
  { client }: ReconcileContext,
  isInUse: () => Promise<boolean>,
): Promise<void> {
  const { uid, resourceVersion, deletionTimestamp, finalizers = [] } = object.metadata;
  const held = finalizers.includes(finalizer);
  if (held === (deletionTimestamp === undefined)) return;
  if (held && (await isInUse())) return;
  if (!held && deletionTimestamp !== undefined) return;
  const next = held ? finalizers.filter((name) => name !== finalizer) : [...finalizers, finalizer];
  const body = { metadata: { uid, resourceVersion, finalizers: next } };
  await unlessGone(client.patch(refTo(of, object), 'application/merge-patch+json', body));
}

/** The cache may not know yet of a pod that was bound a moment ago: before the answer is no, the server is asked. */
async function isUsed(claim: Claim, { client, lister }: ReconcileContext): Promise<boolean> {
  const { namespace } = claim.metadata;
  if (
    lister<Pod>(PODS)
      .list(namespace)
      .some((pod) => uses(pod, claim))
  )
    return true;
  const { items } = await client.list<Pod>({ ...PODS, namespace: namespace! });
  return items.some((pod) => uses(pod, claim));
}

/** Pods without a node do not count: no kubelet starts a pod whose claim is going. */
const uses = (pod: Pod, claim: Claim): boolean =>
  Boolean(pod.spec.nodeName) &&
  claimsOfPod(pod).some(
    (each) => each.claim === claim.metadata.name && (!each.ephemeral || (!isShutDown(pod) && isClaimOfPod(claim, pod))),
  );

/** The kubelet has said that nothing of the pod is left (podIsShutDown). */
const isShutDown = ({ metadata }: KubeObject): boolean =>
  metadata.deletionTimestamp !== undefined && metadata.deletionGracePeriodSeconds === 0;
