import type { KubeObject } from '../meta.ts';
import type { ScaleSubresource } from './subresource.ts';

/** Scale of a kind that counts its pods in `replicas` of its spec and its status. `selector`: in its string form. */
export const replicaScale = (selector: (object: KubeObject) => string): ScaleSubresource => ({
  specReplicasPath: ['spec', 'replicas'],
  statusReplicasPath: ['status', 'replicas'],
  selector,
});
