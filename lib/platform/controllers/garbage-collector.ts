import type { KubeObject, OwnerReference } from '../api/meta.ts';
import type { GroupVersionResource } from '../api/verbs.ts';
import { keyOf } from '../client/object-store.ts';
import { unlessGone } from './api-errors.ts';
import { type ControllerDefinition, defineController, type ReconcileContext, type Watch } from './define-controller.ts';
import { DependencyGraph, itemKey } from './garbage/dependency-graph.ts';
import { FOREGROUND, hasFinalizer, isWaiting, ORPHAN, type OwnerState, planGarbage } from './garbage/garbage-plan.ts';
import { groupOf, type KindInfo, qualifiedResource } from './kind-info.ts';
import { Pace } from './replicas/pace.ts';
import { refTo } from './resources.ts';
import { sameJson } from './same-json.ts';

type Listers = Pick<ReconcileContext, 'lister'>;

/** Deletes objects whose owners are gone, and lets owners wait for their dependents or part from them, as their deletion asked. */
export function garbageCollector(
  kinds: readonly KindInfo[],
  defined?: { readonly of: GroupVersionResource; readonly kinds: (object: KubeObject) => readonly KindInfo[] },
): ControllerDefinition {
  const collector = new Collector(kinds);
  const watch = (kind: KindInfo): Watch => ({
    of: kind,
    map: (object, listers) => collector.affected(kind, object, listers),
    changed: (object, old) => !sameJson(facts(object), facts(old)),
  });
  return defineController({
    name: 'garbage-collector',
    watches: kinds.map(watch),
    ...(defined === undefined
      ? {}
      : {
          defined: {
            ...defined,
            watch: (kind) => {
              collector.add(kind as KindInfo);
              return watch(kind as KindInfo);
            },
            gone: (kind, objects) => collector.remove(kind as KindInfo, objects),
          },
        }),
    concurrency: 20,
    reconcile: (key, context) => collector.reconcile(key, context),
  });
}

/** What of an object matters here; pods' many status changes do not. */
const facts = ({ metadata }: KubeObject): unknown => [
  metadata.uid,
  metadata.ownerReferences,
  metadata.finalizers,
  metadata.deletionTimestamp,
];

const MAX_GONE = 10_000;

class Collector {
  readonly #graph = new DependencyGraph();
  readonly #pace = new Pace();
  /** Owners that were seen to go, the last of them: their kind may be gone too by the time that somebody asks. */
  readonly #gone = new Set<string>();
  readonly #byResource: Map<string, KindInfo>;
  readonly #byKind: Map<string, KindInfo>;

  constructor(kinds: readonly KindInfo[]) {
    this.#byResource = new Map(kinds.map((kind) => [qualifiedResource(kind), kind]));
    this.#byKind = new Map(kinds.map((kind) => [`${kind.group}/${kind.kind}`, kind]));
  }

  add(kind: KindInfo): void {
    this.#byResource.set(qualifiedResource(kind), kind);
    this.#byKind.set(`${kind.group}/${kind.kind}`, kind);
  }

  /** The kind is gone, and its objects with it: theirs are to be looked at. */
  remove(kind: KindInfo, objects: readonly KubeObject[]): readonly string[] {
    this.#byResource.delete(qualifiedResource(kind));
    this.#byKind.delete(`${kind.group}/${kind.kind}`);
    return objects.flatMap((object) => {
      this.#graph.refresh(itemKey(kind, keyOf(object)), undefined);
      this.#remember(object.metadata.uid!);
      return this.#graph.dependentsOf(object.metadata.uid!);
    });
  }

  /** The object itself when it has owners or waits; its dependents when it is going; its owners when they wait for it. */
  affected(kind: KindInfo, object: KubeObject, listers: Listers): readonly string[] {
    const item = itemKey(kind, keyOf(object));
    const now = listers.lister(kind).byKey(keyOf(object));
    this.#graph.refresh(item, now);
    if (now?.metadata.uid !== object.metadata.uid) this.#remember(object.metadata.uid!);
    const keys: string[] = [];
    const owners = object.metadata.ownerReferences ?? [];
    if (now !== undefined && (owners.length > 0 || hasFinalizer(now, FOREGROUND) || hasFinalizer(now, ORPHAN))) keys.push(item);
    const going = now === undefined || now.metadata.uid !== object.metadata.uid || now.metadata.deletionTimestamp !== undefined;
    if (going) keys.push(...this.#graph.dependentsOf(object.metadata.uid!));
    for (const reference of owners) {
      const owner = this.#cachedOwner(object, reference, listers);
      if (owner !== undefined && isWaiting(owner.object)) keys.push(itemKey(owner.kind, keyOf(owner.object)));
    }
    return keys;
  }

  #remember(uid: string): void {
    this.#gone.add(uid);
    if (this.#gone.size > MAX_GONE) this.#gone.delete(this.#gone.values().next().value!);
  }

  async reconcile(key: string, context: ReconcileContext): Promise<void> {
    const found = this.#find(key, context);
    if (found === undefined) return;
    const { kind, object } = found;
    if (object.metadata.deletionTimestamp !== undefined) {
      if (hasFinalizer(object, ORPHAN)) await this.#orphanDependents(kind, object, context);
      else if (hasFinalizer(object, FOREGROUND)) await this.#finishForeground(kind, object, context);
      return;
    }
    await this.#collect(kind, object, context);
  }

  async #collect(kind: KindInfo, object: KubeObject, context: ReconcileContext): Promise<void> {
    const owners = [];
    for (const reference of object.metadata.ownerReferences ?? [])
      owners.push({ reference, state: await this.#ownerState(object, reference, context) });
    const plan = planGarbage(object, owners, this.#graph.dependentsOf(object.metadata.uid!).length > 0);
    if (plan.step === 'keep') return;
    if (plan.step === 'dropReferences') {
      await setMetadata(kind, object, { ownerReferences: plan.keep }, context);
      return;
    }
    // With the version that was judged: an owner added meanwhile must save the object.
    const { uid, resourceVersion } = object.metadata;
    const preconditions = { uid: uid!, resourceVersion: resourceVersion! };
    await this.#pace.turn(context.clock, context.signal);
    context.log.info(
      { owners: owners.map(({ reference }) => `${reference.kind} ${reference.name}`) },
      'deleting an object whose owner is gone',
    );
    await unlessGone(context.client.delete(refTo(bare(kind), object), { propagationPolicy: plan.policy, preconditions }));
  }

  /** Asks the server where the cache does not show the owner: only a live look may say that one is gone. */
  async #ownerState(object: KubeObject, reference: OwnerReference, context: ReconcileContext): Promise<OwnerState> {
    if (this.#gone.has(reference.uid)) return 'absent';
    const cached = this.#cachedOwner(object, reference, context);
    if (cached !== undefined) return isWaiting(cached.object) ? 'waiting' : 'solid';
    const kind = this.#kindOf(reference);
    const { namespace } = object.metadata;
    // A kind that is unknown here, or an owner in no namespace it could be in, is nothing that we may judge.
    if (kind === undefined || (kind.namespaced && namespace === undefined)) return 'solid';
    const where = kind.namespaced ? { ...bare(kind), namespace: namespace! } : bare(kind);
    const live = await unlessGone(context.client.get({ ...where, name: reference.name }));
    if (live === undefined || live.metadata.uid !== reference.uid) return 'absent';
    return isWaiting(live) ? 'waiting' : 'solid';
  }

  #cachedOwner(
    object: KubeObject,
    reference: OwnerReference,
    { lister }: Listers,
  ): { kind: KindInfo; object: KubeObject } | undefined {
    const kind = this.#kindOf(reference);
    if (kind === undefined) return undefined;
    const owner = lister(kind).get(kind.namespaced ? object.metadata.namespace : undefined, reference.name);
    return owner !== undefined && owner.metadata.uid === reference.uid ? { kind, object: owner } : undefined;
  }

  #kindOf({ apiVersion, kind }: OwnerReference): KindInfo | undefined {
    return this.#byKind.get(`${groupOf(apiVersion)}/${kind}`);
  }

  async #orphanDependents(kind: KindInfo, owner: KubeObject, context: ReconcileContext): Promise<void> {
    for (const dependent of this.#dependents(owner, context)) {
      const ownerReferences = dependent.object.metadata.ownerReferences!.filter(({ uid }) => uid !== owner.metadata.uid);
      await setMetadata(dependent.kind, dependent.object, { ownerReferences }, context);
    }
    await dropFinalizer(kind, owner, ORPHAN, context);
  }

  /** The owner goes when nothing that blocks it is left; the dependents' own keys see to their deletion. */
  async #finishForeground(kind: KindInfo, owner: KubeObject, context: ReconcileContext): Promise<void> {
    const blocks = (reference: OwnerReference): boolean =>
      reference.uid === owner.metadata.uid && reference.blockOwnerDeletion === true;
    const left = this.#dependents(owner, context).some(({ object }) => (object.metadata.ownerReferences ?? []).some(blocks));
    if (!left) await dropFinalizer(kind, owner, FOREGROUND, context);
  }

  #dependents(owner: KubeObject, listers: Listers): { kind: KindInfo; object: KubeObject }[] {
    return this.#graph.dependentsOf(owner.metadata.uid!).flatMap((item) => this.#find(item, listers) ?? []);
  }

  #find(item: string, { lister }: Listers): { kind: KindInfo; object: KubeObject } | undefined {
    const bar = item.indexOf('|');
    const kind = this.#byResource.get(item.slice(0, bar));
    const object = kind === undefined ? undefined : lister(kind).byKey(item.slice(bar + 1));
    return kind === undefined || object === undefined ? undefined : { kind, object };
  }
}

/** Without what a request's address has no place for. */
const bare = ({ group, version, resource }: KindInfo): Pick<KindInfo, 'group' | 'version' | 'resource'> => ({
  group,
  version,
  resource,
});

async function dropFinalizer(kind: KindInfo, object: KubeObject, finalizer: string, context: ReconcileContext): Promise<void> {
  const finalizers = object.metadata.finalizers!.filter((one) => one !== finalizer);
  await setMetadata(kind, object, { finalizers }, context);
}

/** Changes metadata of exactly the version that was looked at. */
async function setMetadata(kind: KindInfo, object: KubeObject, change: object, { client }: ReconcileContext): Promise<void> {
  const { uid, resourceVersion } = object.metadata;
  const body = { metadata: { uid, resourceVersion, ...change } };
  await unlessGone(client.patch(refTo(bare(kind), object), 'application/merge-patch+json', body));
}
