import { randomUUID } from 'node:crypto';
import type { KubeList, KubeObject, WatchEvent } from '../../lib/platform/api/meta.ts';
import {
  newAlreadyExists,
  newBadRequest,
  newConflict,
  newForbidden,
  newNotFound,
  newResourceExpired,
  OPTIMISTIC_LOCK_TEXT,
  type StatusError,
} from '../../lib/platform/api/status-error.ts';
import type { DeleteOptions, PatchType, ResourceRef, Verbs, WatchOptions } from '../../lib/platform/api/verbs.ts';
import { deepFreeze } from '../../lib/platform/client/freeze.ts';
import { FakeClock } from './fake-clock.ts';

interface Change {
  readonly revision: number;
  readonly collection: string;
  readonly event: WatchEvent;
}

/**
 * The API's verbs over a Map, for unit tests of controllers: uids, compare-and-swap, generation, graceful pod deletion,
 * finalizers, status and the few subresources that controllers use, and watches that can be made to lag or to expire.
 * No validation, no defaults, no admission: what needs those is tested against the real server.
 */
export class FakeVerbs implements Verbs {
  readonly clock: FakeClock;
  /** Every write that succeeded, e.g. `create pods default/a`. */
  readonly writes: string[] = [];
  /** Thrown by the next matching write instead of doing it; asked for each write. */
  reject: (action: string, ref: ResourceRef, object?: KubeObject) => StatusError | undefined = () => undefined;
  /** As `reject`, but after the write has happened: the answer is lost on its way. */
  lose: (action: string, ref: ResourceRef) => StatusError | undefined = () => undefined;
  readonly #objects = new Map<string, Map<string, KubeObject>>();
  readonly #history: Change[] = [];
  #revision = 100;
  #compacted = 0;
  #paused: string | undefined;
  #wake = Promise.withResolvers<void>();
  #generated = 0;

  constructor(clock: FakeClock = new FakeClock()) {
    this.clock = clock;
  }

  /** Watches, of one resource or of all, fall silent until `resumeWatches`: caches become stale. */
  pauseWatches(resource = '*'): void {
    this.#paused = resource;
  }

  resumeWatches(): void {
    this.#paused = undefined;
    this.#notify();
  }

  /** Forgets the past: watches below now answer 410. */
  compact(): void {
    this.#compacted = this.#revision;
    this.#history.length = 0;
    this.#notify();
  }

  async get<T extends KubeObject = KubeObject>(ref: ResourceRef): Promise<T> {
    await Promise.resolve();
    return this.#must(ref) as T;
  }

  async list<T extends KubeObject = KubeObject>(ref: ResourceRef): Promise<KubeList<T>> {
    await Promise.resolve();
    const items = [...this.#collection(ref).values()].filter((object) => within(ref, object)) as T[];
    return { apiVersion: 'v1', kind: 'List', metadata: { resourceVersion: String(this.#revision) }, items };
  }

  async *watch<T extends KubeObject = KubeObject>(ref: ResourceRef, options: WatchOptions = {}): AsyncGenerator<WatchEvent<T>> {
    let at = Number(options.resourceVersion ?? this.#revision);
    const aborted = new Promise<void>((resolve) => options.signal?.addEventListener('abort', () => resolve(), { once: true }));
    while (options.signal?.aborted !== true) {
      if (at < this.#compacted) throw newResourceExpired(`too old resource version: ${at} (${this.#compacted})`);
      const wake = this.#wake.promise;
      const silent = this.#paused === '*' || this.#paused === ref.resource;
      for (const change of silent ? [] : this.#history.filter((change) => change.revision > at)) {
        at = change.revision;
        if (change.collection === collectionKey(ref) && within(ref, change.event.object)) yield change.event as WatchEvent<T>;
      }
      await Promise.race([wake, aborted]);
    }
  }

  async create<T extends KubeObject = KubeObject>(ref: ResourceRef, object: KubeObject): Promise<T> {
    await Promise.resolve();
    this.#refuse('create', ref, object);
    if (ref.subresource === 'binding') return this.#bind(ref, object) as T;
    const { generateName } = object.metadata;
    const name = object.metadata.name ?? `${generateName}${String(this.#generated++).padStart(5, '0')}`;
    if (this.#collection(ref).has(this.#key({ ...ref, name }))) throw newAlreadyExists(ref, name);
    const namespace = ref.namespace ?? object.metadata.namespace;
    const made = structuredClone(object);
    made.metadata = {
      ...made.metadata,
      name,
      ...(namespace === undefined ? {} : { namespace }),
      uid: randomUUID(),
      generation: 1,
      creationTimestamp: this.#stamp(),
    };
    if (ref.resource === 'pods') made['status'] ??= { phase: 'Pending' };
    if (ref.resource === 'namespaces') Object.assign(made, { spec: { finalizers: ['kubernetes'] }, status: { phase: 'Active' } });
    const created = this.#commit('ADDED', 'create', { ...ref, name }, made) as T;
    this.#loseAnswer('create', ref);
    return created;
  }

  async update<T extends KubeObject = KubeObject>(ref: ResourceRef, object: KubeObject): Promise<T> {
    await Promise.resolve();
    this.#refuse('update', ref, object);
    const name = ref.name ?? object.metadata.name!;
    const old = this.#must({ ...ref, name });
    const wanted = object.metadata.resourceVersion;
    if (wanted !== undefined && wanted !== old.metadata.resourceVersion) throw newConflict(ref, name, OPTIMISTIC_LOCK_TEXT);
    if (object.metadata.uid !== undefined && object.metadata.uid !== old.metadata.uid)
      throw newConflict(ref, name, 'uid mismatch');
    const next = structuredClone(ref.subresource === 'status' ? { ...old, status: object['status'] } : object);
    if (ref.subresource === undefined && old['status'] !== undefined) next['status'] = structuredClone(old['status']);
    const { annotations } = structuredClone(object.metadata);
    // A write of the status may annotate too, as on the real server.
    const written =
      ref.subresource === 'status' ? (annotations === undefined ? {} : { annotations }) : keepServerFields(next, old);
    next.metadata = { ...structuredClone(old.metadata), ...written };
    return this.#replace({ ...ref, name }, old, next) as T;
  }

  async patch<T extends KubeObject = KubeObject>(ref: ResourceRef, type: PatchType, body: unknown): Promise<T> {
    const old = await this.get(ref);
    if (type === 'application/json-patch+json') throw newBadRequest('the fake knows merge patches only');
    const merged = merge(old, body) as KubeObject;
    return this.update(ref, merged);
  }

  async delete(ref: ResourceRef, options: DeleteOptions = {}): Promise<KubeObject> {
    await Promise.resolve();
    this.#refuse('delete', ref);
    const old = this.#must(ref);
    const { uid, resourceVersion } = options.preconditions ?? {};
    if (uid !== undefined && uid !== old.metadata.uid)
      throw newConflict(ref, ref.name!, `the UID in the precondition (${uid}) differs`);
    if (resourceVersion !== undefined && resourceVersion !== old.metadata.resourceVersion)
      throw newConflict(ref, ref.name!, 'the ResourceVersion in the precondition differs');
    const finalizers = new Set(old.metadata.finalizers);
    if (options.propagationPolicy === 'Foreground') finalizers.add('foregroundDeletion');
    if (options.propagationPolicy === 'Orphan') finalizers.add('orphan');
    const bound = ref.resource === 'pods' && (old['spec']?.nodeName ?? '') !== '';
    const grace = options.gracePeriodSeconds ?? (bound ? (old['spec']?.terminationGracePeriodSeconds ?? 30) : 0);
    const held = finalizers.size > 0 || grace > 0 || (old['spec']?.finalizers ?? []).length > 0;
    if (!held) {
      const last = this.#remove(ref, old);
      this.#loseAnswer('delete', ref);
      return last;
    }
    const next = structuredClone(old);
    next.metadata.finalizers = [...finalizers];
    next.metadata.deletionTimestamp ??= this.#stamp(grace * 1000);
    next.metadata.deletionGracePeriodSeconds = grace;
    if (ref.resource === 'namespaces') next['status'] = { ...next['status'], phase: 'Terminating' };
    return this.#commit('MODIFIED', 'delete', ref, next);
  }

  async deleteCollection(ref: ResourceRef, options: DeleteOptions = {}): Promise<KubeList> {
    const list = await this.list(ref);
    for (const { metadata } of list.items) {
      const at = { ...ref, name: metadata.name!, ...(metadata.namespace === undefined ? {} : { namespace: metadata.namespace }) };
      await this.delete(at, options);
    }
    return list;
  }

  #bind(ref: ResourceRef, binding: KubeObject): KubeObject {
    const pod = this.#must({ ...ref, subresource: undefined as never });
    if ((pod['spec']?.nodeName ?? '') !== '') throw newConflict(ref, ref.name!, 'pod is already assigned to a node');
    const next = structuredClone(pod);
    next['spec'] = { ...next['spec'], nodeName: binding['target'].name };
    const others = (next['status']?.conditions ?? []).filter((c: { type: string }) => c.type !== 'PodScheduled');
    next['status'] = { ...next['status'], conditions: [...others, { type: 'PodScheduled', status: 'True' }] };
    return this.#commit('MODIFIED', 'bind', ref, next);
  }

  #replace(ref: ResourceRef, old: KubeObject, next: KubeObject): KubeObject {
    if (ref.subresource === undefined && JSON.stringify(next['spec']) !== JSON.stringify(old['spec']))
      next.metadata.generation = (old.metadata.generation ?? 1) + 1;
    const deleting = next.metadata.deletionTimestamp !== undefined && (next.metadata.deletionGracePeriodSeconds ?? 0) === 0;
    const free = (next.metadata.finalizers ?? []).length === 0 && (next['spec']?.finalizers ?? []).length === 0;
    if (deleting && free) return this.#remove(ref, next);
    return this.#commit('MODIFIED', ref.subresource === undefined ? 'update' : `update/${ref.subresource}`, ref, next);
  }

  #commit(type: 'ADDED' | 'MODIFIED', action: string, ref: ResourceRef, object: KubeObject): KubeObject {
    object.metadata.resourceVersion = String(++this.#revision);
    deepFreeze(object);
    this.#collection(ref).set(this.#key(ref), object);
    this.#append(action, ref, { type, object });
    return object;
  }

  #remove(ref: ResourceRef, old: KubeObject): KubeObject {
    const last = structuredClone(old);
    last.metadata.resourceVersion = String(++this.#revision);
    this.#collection(ref).delete(this.#key(ref));
    this.#append('delete', ref, { type: 'DELETED', object: deepFreeze(last) });
    return last;
  }

  #append(action: string, ref: ResourceRef, event: WatchEvent): void {
    this.writes.push(`${action} ${ref.resource} ${this.#key(ref)}`);
    this.#history.push({ revision: this.#revision, collection: collectionKey(ref), event });
    this.#notify();
  }

  #notify(): void {
    this.#wake.resolve();
    this.#wake = Promise.withResolvers();
  }

  #refuse(action: string, ref: ResourceRef, object?: KubeObject): void {
    const error = this.reject(action, ref, object);
    if (error !== undefined) throw error;
    const namespace = ref.namespace === undefined ? undefined : this.#objects.get('/namespaces')?.get(ref.namespace);
    if (action === 'create' && ref.subresource === undefined && namespace?.metadata.deletionTimestamp !== undefined)
      throw newForbidden(
        ref,
        object?.metadata.name ?? '',
        `unable to create new content in namespace ${ref.namespace} because it is being terminated`,
      );
  }

  #loseAnswer(action: string, ref: ResourceRef): void {
    const error = this.lose(action, ref);
    if (error !== undefined) throw error;
  }

  #must(ref: ResourceRef): KubeObject {
    const found = this.#collection(ref).get(this.#key(ref));
    if (found === undefined) throw newNotFound(ref, ref.name ?? '');
    return found;
  }

  #collection(ref: ResourceRef): Map<string, KubeObject> {
    const key = collectionKey(ref);
    let found = this.#objects.get(key);
    if (found === undefined) this.#objects.set(key, (found = new Map()));
    return found;
  }

  #key(ref: ResourceRef): string {
    return ref.namespace === undefined ? (ref.name ?? '') : `${ref.namespace}/${ref.name}`;
  }

  #stamp(later = 0): string {
    return `${new Date(this.clock.now() + later).toISOString().slice(0, 19)}Z`;
  }
}

const collectionKey = (ref: ResourceRef): string => `${ref.group}/${ref.resource}`;
const within = (ref: ResourceRef, object: KubeObject): boolean =>
  ref.namespace === undefined || object.metadata.namespace === ref.namespace;

function keepServerFields(next: KubeObject, old: KubeObject): KubeObject['metadata'] {
  const { uid, creationTimestamp, deletionTimestamp, deletionGracePeriodSeconds, generation } = old.metadata;
  return {
    ...next.metadata,
    ...(uid === undefined ? {} : { uid }),
    ...(creationTimestamp === undefined ? {} : { creationTimestamp }),
    ...(deletionTimestamp === undefined ? {} : { deletionTimestamp }),
    ...(deletionGracePeriodSeconds === undefined ? {} : { deletionGracePeriodSeconds }),
    ...(generation === undefined ? {} : { generation }),
    ...(next.metadata.finalizers === undefined ? { finalizers: [] } : {}),
  };
}

/** RFC 7386; lists are replaced, which is also what a strategic patch does for lists without a merge key. */
function merge(target: unknown, patch: unknown): unknown {
  if (typeof patch !== 'object' || patch === null || Array.isArray(patch)) return patch;
  const base = typeof target === 'object' && target !== null && !Array.isArray(target) ? { ...target } : {};
  const out = base as Record<string, unknown>;
  for (const [key, value] of Object.entries(patch)) {
    if (value === null) delete out[key];
    else out[key] = merge(out[key], value);
  }
  return out;
}
