import { claimsOfPod } from '../../api/core/pod/pod-claims.ts';
import { LOCAL_VOLUME_NODE } from '../../api/storage/local-volumes.ts';
import type { ObjectCache } from '../store/object-cache.ts';
import { resourcePrefix } from '../store/storage-key.ts';
import type { Decision, ResourceQuery } from './authorizer.ts';
import { podsOn } from './pods-on-node.ts';

const VOLUMES = resourcePrefix({ group: '', plural: 'persistentvolumes' });
const ALLOW: Decision = { allowed: true };
const WRITES = new Set(['update', 'patch']);

const unrelated = (node: string): Decision => ({
  allowed: false,
  reason: `no relationship found between node ${JSON.stringify(node)} and this object`,
});

/** Claims of a node's own pods: it reads them, and tells in their status how large the volume has become. */
export function decideClaim(cache: ObjectCache, node: string, query: ResourceQuery): Decision {
  const { verb, subresource, namespace, name } = query;
  const isRead = verb === 'get' && (subresource === undefined || subresource === 'status');
  const isWrite = WRITES.has(verb) && subresource === 'status';
  if (!isRead && !isWrite) return { allowed: false };
  if (namespace === undefined || name === undefined) return unrelated(node);
  return isUsed(cache, node, namespace, name) ? ALLOW : unrelated(node);
}

/**
 * Volumes of those claims, to be read. Those whose folder the node has itself it follows, by their label, and lets them go when the
 * folder is removed: which fields it may write is the NodeRestriction plug-in's matter.
 */
export function decideVolume(cache: ObjectCache, node: string, query: ResourceQuery): Decision {
  const { verb, subresource, name } = query;
  if (subresource !== undefined) return { allowed: false };
  if (verb === 'list' || verb === 'watch') {
    const own = new RegExp(`(^|,)${LOCAL_VOLUME_NODE}==?${RegExp.escape(node)}(,|$)`);
    return own.test(query.labelSelector ?? '')
      ? ALLOW
      : { allowed: false, reason: `can only list/watch persistentvolumes with ${LOCAL_VOLUME_NODE} label selector` };
  }
  if (name === undefined || (verb !== 'get' && !WRITES.has(verb))) return { allowed: false };
  const volume = cache.resource(VOLUMES).get(`${VOLUMES}${name}`)?.object;
  if (volume === undefined) return verb === 'get' ? ALLOW : unrelated(node);
  if (volume.metadata.labels?.[LOCAL_VOLUME_NODE] === node) return ALLOW;
  const claim = volume.spec?.claimRef as { namespace?: string; name?: string } | undefined;
  const reads = verb === 'get' && claim !== undefined && isUsed(cache, node, claim.namespace ?? '', claim.name ?? '');
  return reads ? ALLOW : unrelated(node);
}

function isUsed(cache: ObjectCache, node: string, namespace: string, name: string): boolean {
  for (const pod of podsOn(cache, node, namespace)) if (claimsOfPod(pod).some(({ claim }) => claim === name)) return true;
  return false;
}
