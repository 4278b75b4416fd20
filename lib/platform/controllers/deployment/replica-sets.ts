import type { PodTemplate } from '../core-types.ts';
import type { ReplicaSet } from '../replica-set-controller.ts';
import { sameJson } from '../same-json.ts';
import type { Deployment } from './deployment-types.ts';

export const HASH_LABEL = 'pod-template-hash';

/** A deployment's replica sets: the one of today's template, and those of earlier ones, oldest first. */
export interface Sets {
  readonly current: ReplicaSet | undefined;
  readonly old: readonly ReplicaSet[];
}

/** Pure. Of several that fit the template the oldest is taken, so that what was made twice is decided the same way always. */
export function splitSets(deployment: Deployment, sets: readonly ReplicaSet[]): Sets {
  const byAge = sets.toSorted(olderFirst);
  const current = byAge.find(({ spec }) => sameTemplate(spec.template, deployment.spec.template));
  return { current, old: byAge.filter((set) => set !== current) };
}

/** Whether two templates are of one revision: the label that tells revisions apart does not count. */
export function sameTemplate(a: PodTemplate | undefined, b: PodTemplate | undefined): boolean {
  return sameJson(withoutHash(a), withoutHash(b));
}

function withoutHash(template: PodTemplate | undefined): object {
  const { [HASH_LABEL]: _hash, ...labels } = template?.metadata?.labels ?? {};
  return { ...template, metadata: { ...template?.metadata, labels } };
}

/** By age, then by name. */
export function olderFirst({ metadata: a }: ReplicaSet, { metadata: b }: ReplicaSet): number {
  const [one, other] = [Date.parse(a.creationTimestamp ?? ''), Date.parse(b.creationTimestamp ?? '')];
  if (one !== other && !Number.isNaN(one - other)) return one - other;
  return a.name! < b.name! ? -1 : 1;
}

/** All of them, the current one last. */
export const allSets = ({ current, old }: Sets): ReplicaSet[] => (current === undefined ? [...old] : [...old, current]);
