import type { KubeObject } from '../../api/meta.ts';
import type { Condition, PodTemplate } from '../core-types.ts';

/** What the kinds that keep a number of equal pods have in common. */
export interface ReplicaOwner extends KubeObject {
  spec: { replicas?: number; minReadySeconds?: number; template?: PodTemplate };
  status?: { conditions?: Condition[] };
}
