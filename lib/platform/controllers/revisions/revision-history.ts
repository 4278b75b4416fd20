import type { KubeObject } from '../../api/meta.ts';
import type { LabelSelector, PodTemplate } from '../core-types.ts';
import { isAlreadyExists, isNotFound } from '../api-errors.ts';
import type { ReconcileContext } from '../define-controller.ts';
import { selects } from '../label-selector.ts';
import { carryOutClaims, controllerOf, ownerReference, planClaims } from '../ownership/claims.ts';
import { CONTROLLER_REVISIONS, refTo } from '../resources.ts';
import { sameJson } from '../same-json.ts';
import { templateHash } from '../template-hash.ts';
import type { GroupVersionResource } from '../../api/verbs.ts';

/** The label by which pods tell of which revision they are. */
export const REVISION_HASH = 'controller-revision-hash';

/** apps/v1 ControllerRevision: a patch that brings its owner back to what it was. */
export interface ControllerRevision extends KubeObject {
  data: { spec: { template: PodTemplate & { $patch: 'replace' } } };
  revision: number;
}

/** An owner whose earlier templates are kept. */
export interface Revisioned extends KubeObject {
  spec: { selector: LabelSelector; template: PodTemplate; revisionHistoryLimit?: number };
  status?: { collisionCount?: number };
}

export interface History {
  /** Of today's template. */
  readonly current: ControllerRevision;
  /** All, the oldest first. */
  readonly all: readonly ControllerRevision[];
}

/** What tells revisions apart. */
export const hashOf = ({ metadata }: ControllerRevision): string => metadata.labels?.[REVISION_HASH] ?? metadata.name!;

const dataOf = ({ spec }: Revisioned): ControllerRevision['data'] => ({
  spec: { template: { ...spec.template, $patch: 'replace' } },
});

/** Takes in what is the owner's, and makes the revision of today's template where it is not there (kubernetes controller/history). */
export async function ensureRevision(owner: Revisioned, of: GroupVersionResource, context: ReconcileContext): Promise<History> {
  const { client, lister } = context;
  const candidates = lister<ControllerRevision>(CONTROLLER_REVISIONS).list(owner.metadata.namespace);
  const claims = planClaims(owner, ({ metadata }) => selects(owner.spec.selector, metadata.labels), candidates);
  await carryOutClaims(owner, of, claims, CONTROLLER_REVISIONS, context);
  const all = claims.owned.toSorted((a, b) => a.revision - b.revision);
  const data = dataOf(owner);
  const known = all.findLast((revision) => sameJson(revision.data, data));
  const latest = Math.max(0, ...all.map(({ revision }) => revision));
  if (known !== undefined && (known.revision === latest || claims.adopt.includes(known))) return { current: known, all };
  const revision = latest + 1;
  if (known !== undefined) {
    // Someone came back to it: it is the newest again.
    const current = await client.update<ControllerRevision>(refTo(CONTROLLER_REVISIONS, known), { ...known, revision });
    return { current, all: [...all.filter((one) => one !== known), current] };
  }
  const current = await create(owner, data, revision, context);
  return { current, all: [...all, current] };
}

async function create(
  owner: Revisioned,
  data: ControllerRevision['data'],
  revision: number,
  { client }: ReconcileContext,
): Promise<ControllerRevision> {
  const namespace = owner.metadata.namespace!;
  for (let collisions = owner.status?.collisionCount ?? 0; ; collisions++) {
    const hash = templateHash(data, collisions);
    const name = `${owner.metadata.name}-${hash}`;
    const { 'kubectl.kubernetes.io/last-applied-configuration': _applied, ...annotations } = owner.metadata.annotations ?? {};
    const made: ControllerRevision = {
      apiVersion: 'apps/v1',
      kind: 'ControllerRevision',
      metadata: {
        name,
        namespace,
        labels: { ...owner.spec.template.metadata?.labels, [REVISION_HASH]: hash },
        annotations,
        ownerReferences: [ownerReference(owner)],
      },
      data,
      revision,
    };
    try {
      return await client.create<ControllerRevision>({ ...CONTROLLER_REVISIONS, namespace }, made);
    } catch (error) {
      if (!isAlreadyExists(error)) throw error;
      const live = await client.get<ControllerRevision>(refTo(CONTROLLER_REVISIONS, made));
      // Ours, which the cache has not shown yet; another's makes us take the next name.
      if (controllerOf(live)?.uid === owner.metadata.uid && sameJson(live.data, data)) return live;
    }
  }
}

/** Deletes the oldest revisions beyond those that are kept; those in use, by name or hash, stay and do not count. */
export async function removeOldRevisions(
  owner: Revisioned,
  { all }: History,
  inUse: ReadonlySet<string>,
  { client }: ReconcileContext,
): Promise<void> {
  const unused = all.filter((revision) => !inUse.has(hashOf(revision)) && !inUse.has(revision.metadata.name!));
  for (const revision of unused.slice(0, Math.max(0, unused.length - (owner.spec.revisionHistoryLimit ?? 10))))
    try {
      await client.delete(refTo(CONTROLLER_REVISIONS, revision), { preconditions: { uid: revision.metadata.uid! } });
    } catch (error) {
      if (!isNotFound(error)) throw error;
    }
}
