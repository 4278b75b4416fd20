import { newResourceExpired } from '../../../api/status-error.ts';
import type { WatchOptions } from '../../../api/verbs.ts';
import type { ServerContext } from '../../server-context.ts';
import type { CacheEvent } from '../../store/cache-event.ts';
import { resourcePrefix } from '../../store/storage-key.ts';
import type { StoredObject } from '../../store/stored-object.ts';
import { parseRevision } from '../list-objects.ts';
import type { Operation } from '../operation.ts';
import { selectionOf } from '../selection.ts';
import { visibilityOf } from '../visibility.ts';
import { RightsReview } from './rights-review.ts';
import { VisibleObjects } from './visible-objects.ts';
import { WatchConversions } from './watch-conversions.ts';
import { replayLog, stateBefore } from './watch-history.ts';
import { checkWatchOptions } from './watch-options.ts';
import type { WatchSink } from './watch-sink.ts';
import { SelectedObjects, type Sighting, type WatchView } from './watch-view.ts';

/** Quiet watches hear about the revision so often, in ms, and so keep a place that is young enough to come back to. */
const BOOKMARK_INTERVAL = 60_000;
/** Ends of watches are spread over twice the shortest, in seconds (minRequestTimeout of the real one is 1800). */
const DEFAULT_TIMEOUT = 1800;
/** The longest that may be asked for, in seconds. */
const MAX_TIMEOUT = 86_400;

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
  readonly #operation: Operation;
  readonly #conversions: WatchConversions;
  readonly #view: WatchView;
  /** Present: the objects are not for everybody. It is the view then. */
  readonly #visible: VisibleObjects | undefined;
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
    const visible = visibilityOf(server, operation);
    this.#visible = visible && new VisibleObjects((object) => (matches === undefined || matches(object)) && visible(object));
    this.#view = this.#visible ?? new SelectedObjects(matches);
    this.#operation = operation;
    this.#conversions = new WatchConversions(server, operation.definition, (status) => {
      sink.error(status);
      this.stop();
    });
  }

  startWithState(): void {
    const revision = this.#server.cache.revision;
    const state = this.#server.cache.resource(this.#prefix).snapshot(this.#within);
    this.#conversions.objects(state, (objects) => this.#sink.state(this.#view.begin(objects)));
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
    while (cache.since(at) === undefined) at = await replayLog(this.#server, this.#prefix, at, cache.windowFrom, past);
    const events = [...past, ...cache.since(at)!];
    this.#visible?.begin(this.#knownAt(revision, events));
    this.#follow(Math.max(revision, this.#server.cache.revision));
    for (const event of events) this.#deliver(event);
  }

  /** What a watcher knows that comes back after these events, as long as its rights are the same. */
  #knownAt(revision: number, events: readonly CacheEvent[]): readonly StoredObject[] {
    const { policy, cache } = this.#server;
    if (policy.changedFor(this.#operation.user, revision))
      throw newResourceExpired(`too old resource version: ${revision} (${cache.revision})`);
    return stateBefore(cache.resource(this.#prefix).snapshot(this.#within), events, this.#within);
  }

  stop(): void {
    if (this.#stopped) return;
    this.#stopped = true;
    for (const unsubscribe of this.#unsubscribe) unsubscribe();
    for (const timer of this.#timers) clearTimeout(timer);
    this.#sink.end();
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
    if (this.#visible !== undefined) this.#unsubscribe.push(this.#followRights(this.#visible));
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

  #send(event: CacheEvent): void {
    if (this.#stopped) return;
    const seen = this.#view.change(event);
    if (seen === undefined) return;
    this.#sent = event.revision;
    this.#show(seen);
  }

  /** Shows what appears and disappears by changes of rights; the returned function ends that. */
  #followRights(visible: VisibleObjects): () => void {
    const review = new RightsReview(this.#server, this.#operation, this.#within, (objects) => {
      if (this.#stopped) return;
      const { revision } = this.#server.cache;
      const sightings = visible.review(objects, revision);
      for (const seen of sightings) if (!this.#stopped) this.#show(seen);
      // What appears has a revision of its own, from long ago maybe: the watcher's place is here.
      if (sightings.length === 0 || this.#stopped) return;
      this.#sent = revision;
      if (this.#options.allowWatchBookmarks === true) this.#bookmark();
    });
    return review.start();
  }

  #show({ type, object, event }: Sighting): void {
    this.#check(this.#sink.event(type, object, event));
  }

  #check(keepsUp: boolean): void {
    if (!keepsUp) this.stop();
  }
}
