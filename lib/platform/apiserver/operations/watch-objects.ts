import { newBadRequest, newResourceExpired, type Status } from '../../api/status-error.ts';
import type { WatchOptions } from '../../api/verbs.ts';
import { CompactedError } from '../../storage/backend.ts';
import type { ServerContext } from '../server-context.ts';
import { CacheEvent, type EventType } from '../store/cache-event.ts';
import { resourcePrefix } from '../store/storage-key.ts';
import { fromStore, type StoredObject } from '../store/stored-object.ts';
import { WatchConversions } from './watch-conversions.ts';
import { newInvalidOptions, parseRevision } from './list-objects.ts';
import type { Operation } from './operation.ts';
import { selectionOf } from './selection.ts';
import { visibilityOf } from './visibility.ts';
import { restamped, VisibleObjects } from './visible-objects.ts';

/** Where the events of one watch go. */
export interface WatchSink {
  /** What was there at the start, before everything else. Read once, at the sink's own pace. */
  state(objects: Iterable<StoredObject>): void;
  /** `event` is the shared record when there is one: encodings are kept in it. False ends the watch: the reader is too slow. */
  event(type: EventType, object: StoredObject, event: CacheEvent | undefined): boolean;
  /** `initialEventsEnd`: everything that was there at the start has been sent. */
  bookmark(revision: number, initialEventsEnd: boolean): boolean;
  error(status: Status): void;
  end(): void;
}

/** Quiet watches hear about the revision so often, in ms, and so keep a place that is young enough to come back to. */
const BOOKMARK_INTERVAL = 60_000;
/** Ends of watches are spread over twice the shortest, in seconds (minRequestTimeout of the real one is 1800). */
const DEFAULT_TIMEOUT = 1800;
/** The longest that may be asked for, in seconds. */
const MAX_TIMEOUT = 86_400;

/** Checks the options of a watch. Throws before anything is sent. */
export function checkWatchOptions(options: WatchOptions): void {
  const { sendInitialEvents, resourceVersionMatch, timeoutSeconds } = options;
  if (timeoutSeconds !== undefined && !(timeoutSeconds >= 0))
    throw newBadRequest(`invalid timeoutSeconds ${timeoutSeconds}: it must not be negative`);
  if (sendInitialEvents === undefined) {
    if (resourceVersionMatch !== undefined)
      throw newInvalidOptions(
        'resourceVersionMatch',
        'Forbidden: resourceVersionMatch is forbidden for watch unless sendInitialEvents is provided',
      );
  } else if (resourceVersionMatch !== 'NotOlderThan') {
    throw newInvalidOptions(
      'resourceVersionMatch',
      'Forbidden: sendInitialEvents requires setting resourceVersionMatch to NotOlderThan',
    );
  }
}

/**
 * Follows a resource into the sink until one of both ends it; the returned function ends it. Rejects with 410 when the past
 * that was asked for is gone, before anything was sent.
 */
export async function watchObjects(
  server: ServerContext,
  operation: Operation,
  options: WatchOptions,
  sink: WatchSink,
): Promise<() => void> {
  checkWatchOptions(options);
  const from = parseRevision(options.resourceVersion);
  const unset = options.resourceVersion === undefined || options.resourceVersion === '';
  const initial = options.sendInitialEvents ?? from === 0;
  if (initial && unset) await server.cache.fresh();
  else if (initial) await server.cache.reached(from);
  const watch = new Watch(server, operation, options, sink);
  if (initial) watch.startWithState();
  else if (from === 0) watch.startNow();
  else await watch.startAfter(from);
  return () => watch.stop();
}

class Watch {
  readonly #server: ServerContext;
  readonly #sink: WatchSink;
  readonly #options: WatchOptions;
  readonly #prefix: string;
  readonly #within: string;
  readonly #matches: ((object: StoredObject) => boolean) | undefined;
  readonly #operation: Operation;
  readonly #conversions: WatchConversions;
  /** Present: the objects are not for everybody. */
  readonly #visible: VisibleObjects | undefined;
  /** Namespaces in which rights have changed since they were looked at. */
  readonly #changedRights = new Set<string>();
  #unsubscribe: (() => void)[] = [];
  #timers: NodeJS.Timeout[] = [];
  #sent = 0;
  #stopped = false;

  constructor(server: ServerContext, operation: Operation, options: WatchOptions, sink: WatchSink) {
    this.#server = server;
    this.#sink = sink;
    this.#options = options;
    this.#prefix = resourcePrefix(operation.definition);
    const { namespace } = operation.ref;
    this.#within = namespace === undefined ? this.#prefix : `${this.#prefix}${namespace}/`;
    const { matches } = selectionOf(operation.served, options);
    this.#matches = matches;
    const visible = visibilityOf(server, operation);
    this.#visible = visible && new VisibleObjects((object) => (matches === undefined || matches(object)) && visible(object));
    this.#operation = operation;
    this.#conversions = new WatchConversions(server, operation.definition, (status) => {
      sink.error(status);
      this.stop();
    });
  }

  startWithState(): void {
    const revision = this.#server.cache.revision;
    const state = this.#server.cache.resource(this.#prefix).snapshot(this.#within);
    this.#conversions.objects(state, (objects) => {
      if (this.#visible !== undefined) this.#sink.state(this.#visible.begin(objects));
      else this.#sink.state(this.#matches === undefined ? objects : selected(objects, this.#matches));
    });
    this.#follow(revision);
    if (this.#options.sendInitialEvents === true && this.#options.allowWatchBookmarks === true)
      this.#conversions.afterwards(() => this.#check(this.#sink.bookmark(revision, true)));
  }

  startNow(): void {
    this.#visible?.begin(this.#server.cache.resource(this.#prefix).snapshot(this.#within));
    this.#follow(this.#server.cache.revision);
  }

  async startAfter(revision: number): Promise<void> {
    const cache = this.#server.cache.resource(this.#prefix);
    const past: CacheEvent[] = [];
    let at = revision;
    // The window moves on while the store's log is read: again, until the two meet.
    while (cache.since(at) === undefined) at = await this.#replay(at, cache.windowFrom, past);
    const events = [...past, ...cache.since(at)!];
    this.#visible?.begin(this.#stateBefore(events, revision));
    this.#follow(Math.max(revision, this.#server.cache.revision));
    for (const event of events) this.#deliver(event);
  }

  /** What was there before these events, of objects that are not for everybody: what the watcher knows, as long as its rights are the same. */
  #stateBefore(events: readonly CacheEvent[], revision: number): Iterable<StoredObject> {
    const { policy, cache } = this.#server;
    if (policy.changedFor(this.#operation.user, revision))
      throw newResourceExpired(`too old resource version: ${revision} (${cache.revision})`);
    const state = new Map(
      cache
        .resource(this.#prefix)
        .snapshot(this.#within)
        .map((object) => [object.key, object]),
    );
    for (const { object, previous } of events.toReversed()) {
      if (previous === undefined) state.delete(object.key);
      else if (object.key.startsWith(this.#within)) state.set(object.key, previous);
    }
    return state.values();
  }

  stop(): void {
    if (this.#stopped) return;
    this.#stopped = true;
    for (const unsubscribe of this.#unsubscribe) unsubscribe();
    for (const timer of this.#timers) clearTimeout(timer);
    this.#sink.end();
  }

  /** Adds the events after `from` up to at least `to` from the store's own log; returns the revision it has read up to. */
  async #replay(from: number, to: number, events: CacheEvent[]): Promise<number> {
    const abort = new AbortController();
    try {
      for await (const batch of this.#server.backend.watch(this.#prefix, from + 1, abort.signal)) {
        for (const event of batch.events) {
          const object = fromStore(event.key, event.value, event.revision, event.createRevision);
          const { previous } = event;
          const before = previous && fromStore(event.key, previous.value, previous.revision, event.createRevision);
          events.push(new CacheEvent(object, before, event.type === 'delete'));
        }
        if (batch.revision >= to) return batch.revision;
      }
    } catch (error) {
      if (error instanceof CompactedError) throw newResourceExpired(`too old resource version: ${from} (${error.compacted})`);
      throw error;
    } finally {
      abort.abort();
    }
    throw newResourceExpired(`too old resource version: ${from} (${to})`);
  }

  /** Subscribes to everything after `revision`, and sets the timers. */
  #follow(revision: number): void {
    this.#sent = revision;
    const { cache, table } = this.#server;
    const { served, ref } = this.#operation;
    // Who watches a kind that changes starts again, and sees it as it is then.
    if (served.custom !== undefined)
      this.#unsubscribe.push(
        table.onChange(() => table.findAny({ ...ref, ...served, resource: served.plural }) === served || this.stop()),
      );
    this.#unsubscribe.push(
      cache.resource(this.#prefix).subscribe((events) => {
        for (const event of events) if (!this.#stopped && event.revision > revision) this.#deliver(event);
      }),
      cache.onReset(() => this.stop()),
    );
    if (this.#visible !== undefined)
      this.#unsubscribe.push(this.#server.policy.onChange((namespaces) => this.#rightsChanged(namespaces)));
    const seconds = this.#options.timeoutSeconds || DEFAULT_TIMEOUT * (1 + Math.random());
    this.#later(Math.min(seconds, MAX_TIMEOUT) * 1000, () => {
      if (this.#options.allowWatchBookmarks === true) this.#bookmark();
      this.#conversions.afterwards(() => this.stop());
    });
    if (this.#options.allowWatchBookmarks !== true) return;
    const timer = setInterval(() => this.#bookmark(), BOOKMARK_INTERVAL * (0.8 + Math.random() * 0.2));
    this.#timers.push(timer.unref());
  }

  #bookmark(): void {
    const revision = Math.max(this.#sent, this.#server.cache.revision);
    this.#conversions.afterwards(() => this.#check(this.#sink.bookmark(revision, false)));
  }

  #later(ms: number, callback: () => void): void {
    this.#timers.push(setTimeout(callback, ms).unref());
  }

  #deliver(event: CacheEvent): void {
    if (this.#stopped || !event.object.key.startsWith(this.#within)) return;
    this.#conversions.event(event, (form) => this.#send(form));
  }

  /** Looks again once everything that came with the change has been passed on. */
  #rightsChanged(namespaces: ReadonlySet<string>): void {
    if (this.#changedRights.size === 0) queueMicrotask(() => this.#review());
    for (const namespace of namespaces) this.#changedRights.add(namespace);
  }

  #review(): void {
    const namespaces = [...this.#changedRights];
    this.#changedRights.clear();
    if (this.#stopped) return;
    const { revision } = this.#server.cache;
    const sightings = this.#visible!.review(this.#objectsOf(namespaces), revision);
    for (const { type, object } of sightings) if (!this.#stopped) this.#check(this.#sink.event(type, object, undefined));
    // What appears has a revision of its own, from long ago maybe: the watcher's place is here.
    if (sightings.length === 0 || this.#stopped) return;
    this.#sent = revision;
    if (this.#options.allowWatchBookmarks === true) this.#bookmark();
  }

  #objectsOf(namespaces: readonly string[]): StoredObject[] {
    const resource = this.#server.cache.resource(this.#prefix);
    if (namespaces.includes('')) return resource.snapshot(this.#within);
    if (this.#operation.served.ownNamespace === true)
      return namespaces.flatMap((namespace) => resource.get(this.#prefix + namespace) ?? []);
    return namespaces
      .filter((namespace) => `${this.#prefix}${namespace}/`.startsWith(this.#within))
      .flatMap((namespace) => resource.snapshot(`${this.#prefix}${namespace}/`));
  }

  #send(event: CacheEvent): void {
    if (this.#stopped) return;
    if (this.#visible !== undefined) {
      const seen = this.#visible.change(event);
      if (seen === undefined) return;
      this.#sent = event.revision;
      this.#check(this.#sink.event(seen.type, seen.object, seen.event));
      return;
    }
    const type = event.typeFor(this.#matches);
    if (type === undefined) return;
    this.#sent = event.revision;
    // An object that has left the selection is shown as it last was in it, under the revision of its leaving.
    const left = type === 'DELETED' && !event.deleted;
    if (left) this.#check(this.#sink.event(type, restamped(event.previous!, event.revision), undefined));
    else this.#check(this.#sink.event(type, event.object, event));
  }

  #check(keepsUp: boolean): void {
    if (!keepsUp) this.stop();
  }
}

function* selected(objects: Iterable<StoredObject>, matches: (object: StoredObject) => boolean): Generator<StoredObject> {
  for (const object of objects) if (matches(object)) yield object;
}
