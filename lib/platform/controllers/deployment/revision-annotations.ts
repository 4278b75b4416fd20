import type { ObjectMeta } from '../../api/meta.ts';
import type { ReplicaSet } from '../replica-set-controller.ts';
import { type Deployment, replicasOf } from './deployment-types.ts';
import { maxSurge } from './rollout-limits.ts';

type Annotations = Record<string, string>;

export const REVISION = 'deployment.kubernetes.io/revision';
const REVISION_HISTORY = 'deployment.kubernetes.io/revision-history';
const DESIRED_REPLICAS = 'deployment.kubernetes.io/desired-replicas';
const MAX_REPLICAS = 'deployment.kubernetes.io/max-replicas';
/** Letters of history that are kept, the newest. */
const HISTORY_LIMIT = 2000;

/** Annotations of a deployment that are about itself, and not for its replica sets. */
const OWN = new Set([
  'kubectl.kubernetes.io/last-applied-configuration',
  'deprecated.deployment.rollback.to',
  REVISION,
  REVISION_HISTORY,
  DESIRED_REPLICAS,
  MAX_REPLICAS,
]);

const numberOf = (metadata: ObjectMeta, name: string): number | undefined => {
  const text = metadata.annotations?.[name];
  return text !== undefined && /^\d{1,15}$/.test(text) ? Number(text) : undefined;
};

/** What a replica set's annotations say; 0 or undefined where they say nothing. */
export const revisionOf = ({ metadata }: { metadata: ObjectMeta }): number => numberOf(metadata, REVISION) ?? 0;
export const desiredReplicas = ({ metadata }: ReplicaSet): number | undefined => numberOf(metadata, DESIRED_REPLICAS);
export const maxReplicas = ({ metadata }: ReplicaSet): number | undefined => numberOf(metadata, MAX_REPLICAS);

/** What a replica set is told of its deployment's size, for sharing out a later change of it. */
export const sizeAnnotations = (deployment: Deployment): Annotations => ({
  [DESIRED_REPLICAS]: String(replicasOf(deployment)),
  [MAX_REPLICAS]: String(replicasOf(deployment) + maxSurge(deployment)),
});

/**
 * The annotations of the current replica set: the deployment's, its revision, and the revisions that it had before someone came
 * back to it (kubernetes deployment/util SetNewReplicaSetAnnotations).
 */
export function currentSetAnnotations(deployment: Deployment, set: ReplicaSet | undefined, revision: number): Annotations {
  const known = set?.metadata.annotations ?? {};
  const told = Object.entries(deployment.metadata.annotations ?? {}).filter(([name]) => !OWN.has(name));
  const next = { ...known, ...Object.fromEntries(told) };
  const before = set === undefined ? 0 : revisionOf(set);
  if (before >= revision) return next;
  next[REVISION] = String(revision);
  if (before > 0) {
    const history = [...(known[REVISION_HISTORY]?.split(',') ?? []), String(before)];
    while (history.join(',').length > HISTORY_LIMIT) history.shift();
    next[REVISION_HISTORY] = history.join(',');
  }
  return next;
}
